import {gatewayOf} from '../../model/address.ts'
import type {NodeEcho} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {PeerNode} from '../../model/node.ts'
import {echo} from '../../datapath/machine/echo.ts'

const mostSizes = 4
/** Smaller than any link's MTU; RFC 791 lets every host take as much. */
const smallest = 28
const largest = 9000

/** The answer to GET /v1/echo: only gateways of known peers are pinged, a few packets each. Throws NODE_UNKNOWN or USAGE. */
export async function echoNode(
  query: URLSearchParams,
  {wiring, peers}: {readonly wiring: NodeWiring; readonly peers: readonly PeerNode[]},
): Promise<NodeEcho> {
  const name = query.get('node') ?? ''
  const peer = peers.find((known) => known.name === name)
  if (peer === undefined) throw new AntctlError('NODE_UNKNOWN', `${JSON.stringify(name)} is no peer of ${wiring.node}`)
  const sizes = (query.get('bytes') ?? '84').split(',').map(Number)
  const isSize = (size: number) => Number.isInteger(size) && size >= smallest && size <= largest
  if (sizes.length > mostSizes || !sizes.every(isSize))
    throw new AntctlError('USAGE', `bytes= must be up to ${mostSizes} numbers from ${smallest} to ${largest}`)
  const [from, to] = [gatewayOf(wiring.podCidr), gatewayOf(peer.podCidr)]
  return {from, to, tries: await echo({to, from, sizes})}
}
