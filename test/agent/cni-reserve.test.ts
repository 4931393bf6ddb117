import {expect, test} from 'vitest'
import {createWorld, startAgent} from './cni-world.ts'

test('reserved addresses go to no Pod, follow each other, and are free again afterwards', () => {
  const service = startAgent(createWorld('10.244.1.0/29'))
  {
    using first = service.reserve('antrea-probe', 3)
    expect(first.ips).toEqual(['10.244.1.2', '10.244.1.3', '10.244.1.4'])
    // Two are left of five: what was taken before the refusal is given back.
    expect(() => service.reserve('other', 3)).toThrow('all 5 addresses')
    using second = service.reserve('another', 2)
    expect(new Set([...first.ips, ...second.ips]).size).toBe(5)
  }
  using again = service.reserve('antrea-probe', 5)
  expect(again.ips).toHaveLength(5)
})

test('an agent that is not ready reserves nothing', () => {
  const world = createWorld()
  world.databaseAway = true
  expect(() => startAgent(world).reserve('antrea-probe', 3)).toThrow('not ready')
})
