const version = '0.1.0'

/** The images of the lab, which exist nowhere but in its Nodes. */
export const images = {
  /** Both containers of the DaemonSet. */
  agent: `localhost/antctl/agent:${version}`,
  /** Its lower layer, kept for the next version of the upper one. */
  base: `localhost/antctl/agent-base:${version}`,
  /** busybox, and the tests' own sender and receiver. */
  toolbox: `localhost/antctl/toolbox:${version}`,
  /** An upstream agent, played back. */
  upstream: `localhost/antctl/upstream-agent:${version}`,
  pause: `localhost/antctl/pause:${version}`,
} as const
