/** antrea-agent.conf as upstream's manifest has it: few keys, and comments that must survive. */
export function upstreamConfig(mode: string): string {
  return `# FeatureGates is a map of feature names to bools.
featureGates:
#  AntreaProxy: true
#  Egress: true

# Name of the OpenVSwitch bridge antrea-agent will create and use.
#ovsBridge: "br-int"

# Determines how traffic is encapsulated.
trafficEncapMode: ${mode}   # changed by antctl

# Whether or not to SNAT (using the Node IP) the egress traffic from a Pod to the external network.
noSNAT: false

# Tunnel protocols used for encapsulating traffic across Nodes.
tunnelType: "geneve"

transportInterface: "eth1"

antreaProxy:
  # To disable AntreaProxy, set this to false.
  enable: true
`
}
