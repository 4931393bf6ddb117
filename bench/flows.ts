/** Ten thousand flows of one Node, from the agent's answer to what a person sees: parsed, decoded, filtered, drawn. */
import {decodeFlow} from '../src/diagnostics/flows/decode.ts'
import {dictionaryOf} from '../src/diagnostics/flows/dictionary.ts'
import {passes} from '../src/diagnostics/flows/filter.ts'
import {parseFlowLine} from '../src/diagnostics/flows/rows.ts'
import {tableName} from '../src/datapath/pipeline/tables.ts'
import type {NodeFlows} from '../src/model/agent-api.ts'
import {flowLines} from '../src/ui/flow-view.ts'
import {plainTheme} from '../src/ui/theme.ts'
import {machine, milliseconds} from './figures.ts'

const count = 10_000
const nodes = 2_000

function told(): NodeFlows {
  const address = (number: number) => `10.${100 + (number >> 8)}.${number & 255}`
  const flows = Array.from({length: count}, (_, at) => {
    const node = at % nodes
    const head = `cookie=0x103${at.toString(16).padStart(8, '0')}, duration=99.123s, table=${at % 2 === 0 ? 21 : 4}, n_packets=${at}, n_bytes=${at * 90}, priority=200,ip`
    return {
      flow: `${head},reg0=0x3/0xf,nw_dst=${address(node)}.0/24 actions=set_field:0a:58:0a:f4:01:01->eth_src,set_field:aa:bb:cc:dd:ee:ff->eth_dst,set_field:172.16.${node >> 8}.${node & 255}->tun_dst,set_field:0x10/0xf0->reg0,goto_table:24`,
      owner: `Node node-${node} (${address(node)}.0/24)`,
    }
  })
  const peers = Array.from({length: nodes}, (_, node) => ({
    name: `node-${node}`,
    podCidr: `${address(node)}.0/24`,
    transportIp: `172.16.${node >> 8}.${node & 255}`,
    sameSubnet: false,
    way: 'tunnelled' as const,
  }))
  const gateway = {ip: '10.244.1.1', mac: '0a:58:0a:f4:01:01', podCidr: '10.244.1.0/24'}
  return {flows, peers, gateway, ports: [{name: 'antrea-tun0', ofPort: 32_768}], pods: []}
}

const answer = JSON.stringify(told())
const times = {decoded: new Array<number>(), 'decoded and drawn in 200 columns': new Array<number>()}
for (let turn = 0; turn < 10; turn += 1) {
  const began = performance.now()
  const parsed: NodeFlows = JSON.parse(answer)
  const dictionary = dictionaryOf(parsed, [])
  const decoded = parsed.flows
    .map(({flow, owner}) => decodeFlow(parseFlowLine(flow, tableName), dictionary, owner))
    .filter((flow) => passes({hit: true, tunnelled: true}, flow))
  times.decoded.push(performance.now() - began)
  const rows = decoded.map((flow) => ({node: 'n1', ...flow}))
  const lines = flowLines(rows, {theme: plainTheme, width: 200}, {asks: () => undefined, raw: false, none: ''})
  if (lines.length < decoded.length) throw new Error('a flow is not shown')
  times['decoded and drawn in 200 columns'].push(performance.now() - began)
}
console.log(machine())
for (const [what, spent] of Object.entries(times)) console.log(`${count} flows ${what}: ${milliseconds(spent)}`)
