/** Antrea's priorities (pkg/agent/openflow/pipeline.go), and four between them. */
export const priorities = {
  high: 210,
  /** To a local Pod, routed by this bridge: below the replies that must see the Node first. */
  localPod: 206,
  /** From the tunnel, but for no Pod of ours: above the peers, so that nothing travels from tunnel to tunnel. */
  guard: 205,
  /** From the gateway to a peer: above the peer's flow of the mode, so that a packet that the Node sent here never turns back. */
  gatewayToPeer: 201,
  /** What a probe sends and takes in a form of its own, whatever the mode says. */
  probe: 202,
  normal: 200,
  low: 190,
  miss: 0,
} as const
