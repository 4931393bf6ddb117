/** The names that every room, the manifests and upstream Antrea share. Source: upstream build/charts/antrea. */
export const names = {
  namespace: 'kube-system',
  daemonSet: 'antrea-agent',
  agentContainer: 'antrea-agent',
  ovsContainer: 'antrea-ovs',
  /** Pods of the DaemonSet carry app=antrea, component=antrea-agent. */
  agentSelector: 'app=antrea,component=antrea-agent',
  configMap: 'antrea-config',
  configKey: 'antrea-agent.conf',
  /** ConfigMap and Lease of a change under way, and of the last one. */
  changeRecord: 'antctl-change',
  /** Of the agent's image, for exec (src/agent/relay.ts). */
  relayProgram: '/opt/antrea/api-relay.mjs',
  /** The agent's API for root of its Node. */
  apiSocket: '/var/run/antrea/agent-api.sock',
  /** The read-only ServiceAccount whose short-lived token the CLI sends to agents. */
  readerServiceAccount: 'antctl',
  /** The one that may listen to packets and send one as a Pod. */
  captureServiceAccount: 'antctl-capture',
  /** Audience of that token on our clusters, so that no agent can replay it to the API server. */
  tokenAudience: 'antrea-agent',
  transportAnnotation: 'node.antrea.io/transport-addresses',
  /** What upstream's agents write on their Node, and ours do not. */
  upstreamAnnotations: ['node.antrea.io/mac-address', 'node.antrea.io/wireguard-public-key'],
  integrationBridge: 'br-int',
  physicalBridge: 'br-phy',
  gatewayPort: 'antrea-gw0',
  tunnelPort: 'antrea-tun0',
  /** Beside it while the tunnel's type or port changes; afterwards it may be the one that is left. */
  secondTunnelPort: 'antrea-tun1',
  apiPort: 10350,
  cniSocket: '/var/run/antrea/cni.sock',
  conflist: '10-antrea.conflist',
  cniProgram: 'antrea',
  /** Upstream's virtual MAC: what a packet wears as destination inside a tunnel. */
  virtualMac: 'aa:bb:cc:dd:ee:ff',
} as const

/** ofports of br-int's own ports. Source: upstream pkg/agent/config (DefaultTunOFPort, DefaultHostGatewayOFPort). */
export const ofports = {tunnel: 32768, gateway: 32769, secondTunnel: 32772} as const
