import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {strayTunnels, tunnelEnds, tunnelPort} from '../../src/agent/wiring/tunnel-ports.ts'
import {openHandover} from '../../src/agent/wiring/tunnels.ts'
import {type TunnelEnd, type TunnelForm, tunnelKind} from '../../src/model/tunnel.ts'
import type {SwitchPort} from '../../src/datapath/ovsdb/switch.ts'

const geneve: TunnelForm = {type: 'geneve', port: 6081, csum: false}
const vxlan: TunnelForm = {type: 'vxlan', port: 4789, csum: false}
const gre: TunnelForm = {type: 'gre', port: undefined, csum: false}
const first = (form: TunnelForm): TunnelEnd => ({name: 'antrea-tun0', ofport: 32768, ...form})
const second = (form: TunnelForm): TunnelEnd => ({name: 'antrea-tun1', ofport: 32772, ...form})

describe('from one kind of tunnel to another', () => {
  test('the new end receives for 5 s, then it sends, and a minute later it is alone', () => {
    const handover = openHandover()
    expect(handover(geneve, [], 0)).toEqual({ends: [first(geneve)]})
    expect(handover(vxlan, [first(geneve)], 1_000)).toEqual({ends: [first(geneve), second(vxlan)], next: 5_000})
    const both = [second(vxlan), first(geneve)]
    expect(handover(vxlan, both, 5_999).ends[0]).toEqual(first(geneve))
    expect(handover(vxlan, both, 6_000)).toEqual({ends: both, next: 60_000})
    expect(handover(vxlan, both, 65_999).ends).toEqual(both)
    expect(handover(vxlan, both, 66_000)).toEqual({ends: [second(vxlan)]})
    expect(handover(geneve, [second(vxlan)], 70_000).ends).toEqual([second(vxlan), first(geneve)])
  })

  test('back in the middle: what everybody still receives sends at once', () => {
    const handover = openHandover()
    handover(geneve, [], 0)
    handover(gre, [first(geneve)], 0)
    const both = [first(geneve), second(gre)]
    handover(gre, both, 6_000)
    expect(handover(geneve, both, 7_000).ends[0]).toEqual(first(geneve))
    expect(handover(geneve, both, 67_000)).toEqual({ends: [first(geneve)]})
  })

  test('a third kind in the middle takes the place of the one that never sent', () => {
    const handover = openHandover()
    handover(geneve, [], 0)
    handover(vxlan, [first(geneve)], 0)
    expect(handover(gre, [second(vxlan), first(geneve)], 1_000).ends).toEqual([first(geneve), second(gre)])
  })

  test('an end that Open vSwitch cannot make never sends', () => {
    const handover = openHandover()
    handover(geneve, [], 0)
    for (const now of [0, 4_000, 8_000, 90_000]) {
      expect(handover(gre, [first(geneve)], now)).toEqual({ends: [first(geneve), second(gre)], next: 5_000})
    }
    expect(handover(gre, [first(geneve), second(gre)], 95_000).ends[0]).toEqual(second(gre))
  })

  test('an end that somebody else changed is put back in its place at once, and a lost one is made anew', () => {
    const handover = openHandover()
    handover(geneve, [], 0)
    expect(handover(geneve, [first(vxlan)], 1_000)).toEqual({ends: [first(geneve)]})
    expect(handover(geneve, [], 2_000)).toEqual({ends: [first(geneve)]})
  })

  test('another port is another end; the checksum alone is not', () => {
    const handover = openHandover()
    const moved = {...geneve, port: 6082}
    expect(handover(moved, [first(geneve)], 0).ends).toEqual([first(geneve), second(moved)])
    expect(openHandover()({...geneve, csum: true}, [first(geneve)], 0)).toEqual({
      ends: [first({...geneve, csum: true})],
    })
  })

  test('a new process finds both: it sends by the configured one, and keeps the other for a minute', () => {
    const handover = openHandover()
    expect(handover(vxlan, [first(geneve), second(vxlan)], 9)).toEqual({
      ends: [second(vxlan), first(geneve)],
      next: 60_000,
    })
  })

  test('whatever is configured when: what sends was there before or is alone, and it ends with the last one alone', () => {
    const changes = fc.array(fc.record({form: fc.constantFrom(geneve, vxlan, gre), pause: fc.nat(80_000)}), {
      minLength: 1,
    })
    fc.assert(
      fc.property(changes, (steps) => {
        const handover = openHandover()
        let present: readonly TunnelEnd[] = []
        let now = 0
        const look = (form: TunnelForm): number | undefined => {
          const {ends, next} = handover(form, present, now)
          const wasThere = present.some((end) => tunnelKind(end) === tunnelKind(ends[0]))
          expect(wasThere || present.length === 0).toBe(true)
          expect(new Set(ends.map(({ofport}) => ofport)).size).toBe(ends.length)
          present = ends
          return next
        }
        for (const {form, pause} of steps) {
          look(form)
          now += pause
        }
        const {form} = steps.at(-1) ?? {form: geneve}
        for (let next = look(form); next !== undefined; next = look(form)) now += next
        expect(present.map(tunnelKind)).toEqual([tunnelKind(form)])
      }),
    )
  })
})

describe('as ports of br-int', () => {
  test.each([
    [geneve, {}],
    [{...geneve, csum: true}, {csum: 'true'}],
    [{...geneve, port: 7000}, {dst_port: '7000'}],
    [vxlan, {}],
    [gre, {}],
  ])('%j', (form, options) => {
    const port = tunnelPort(first(form))
    expect(port.options).toEqual({key: 'flow', remote_ip: 'flow', ...options})
    expect(tunnelEnds([asFound(port)])).toEqual([first(form)])
  })

  test('what is no end of ours is none, and is removed: an end for one peer, for one address, of another kind', () => {
    const strays = [
      asFound({...tunnelPort(first(geneve)), name: 'node2-1a2b3c', options: {remote_ip: '172.30.1.12', psk: 'x'}}),
      asFound({...tunnelPort(first(geneve)), options: {key: 'flow', remote_ip: 'flow', local_ip: '172.30.1.11'}}),
      asFound({...tunnelPort(second(geneve)), type: 'stt'}),
    ]
    const others = [asFound({name: 'antrea-gw0', type: 'internal'}), asFound({name: 'web-1a2b3c', type: ''})]
    expect(tunnelEnds([...strays, ...others])).toEqual([])
    expect(strayTunnels([...strays, ...others], [first(gre)])).toEqual(['node2-1a2b3c', 'antrea-tun1'])
  })
})

function asFound({
  name,
  type = '',
  options = {},
}: {
  readonly name: string
  readonly type?: string
  readonly options?: SwitchPort['options']
}): SwitchPort {
  return {name, uuid: name, type, ofport: 1, externalIds: {}, options}
}
