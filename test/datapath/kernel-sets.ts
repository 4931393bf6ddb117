import {body} from '../../src/datapath/machine/netlink/codec.ts'
import {be16, text, u8} from '../../src/datapath/machine/netlink/kinds.ts'
import {kernel} from '../../src/datapath/machine/netlink/kernel.ts'

/** IPSET_CMD_CREATE of linux/netfilter/ipset/ip_set.h: the kernel makes sets without the program ipset, too. */
const create = (6 << 8) | 2
const options = body('set options', {}, {})
const set = body(
  'set',
  {family: u8, version: u8, resource: be16},
  {protocol: [1, u8], name: [2, text], type: [3, text], revision: [4, u8], family4: [5, u8], data: [7, options]},
)

export function createSet(name: string): void {
  const given = {protocol: 6, name, type: 'hash:net', revision: 1, family4: 2, data: {}}
  kernel('netfilter').perform([{type: create, body: set.encode(given), what: `set ${name}`}])
}
