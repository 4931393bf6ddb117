import {execa} from 'execa'
import {mkdtemp, readdir, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {run} from '../../lab/machines.ts'
import {antctl, antctlOk, kubectl, lab} from './cluster.ts'
import {fabric, nodesKnow, routerKnows} from './fabric.ts'

beforeAll(() => antctlOk('set-mode', 'encap', '--yes'))

/** Everything that a change would touch. */
const settings = async () => [
  await kubectl('-n', 'kube-system', 'get', 'configmap', 'antrea-config', '-o', 'jsonpath={.data}'),
  await kubectl('get', 'antreanodeconfigs', '-o', 'jsonpath={.items[*].spec}'),
]

/** What is said, on one line, when the change is refused and nothing else happened. */
async function refusal(mode: string): Promise<string> {
  const before = await settings()
  const {exitCode, stderr} = await antctl('set-mode', mode, '--yes')
  expect(exitCode).toBe(1)
  expect(await settings()).toEqual(before)
  return stderr.replaceAll(/\s+/gu, ' ')
}

test('a link that is cut is found before anything changes, and no other pair is named', async () => {
  await lab('cut', 'n1:n2')
  try {
    expect(await refusal('hybrid')).toMatch(
      /nothing passes from n1 to n2, neither in the tunnel nor directly: n1 → n2, n2 → n1/u,
    )
  } finally {
    await lab('heal', 'n1:n2')
  }
})

describe('noEncap', () => {
  afterAll(async () => {
    await antctlOk('set-mode', 'encap', '--yes')
    await fabric('del')
  })

  test('Nodes have routes and the router has none: named with the command, nothing changed; with it all passes', async () => {
    await nodesKnow('replace')
    const stderr = await refusal('noEncap')
    expect(stderr).toMatch(/routers do not take packets from Pods on n1 to Pods on n[34]/u)
    expect(stderr).toMatch(/ip route add 10\.244\.[34]\.0\/24 via 172\.30\.2\.1[34] on 172\.30\.1\.1/u)
    await routerKnows('replace')
    const dry = JSON.parse(await antctlOk('set-mode', 'noEncap', '--dry-run', '--preflight', '-o', 'json'))
    expect(dry.preflight).toMatchObject({tried: 12, changed: 12, failures: [], silent: []})
    await antctlOk('set-mode', 'noEncap', '--yes')
  })

  test('back to tunnels that the router does not let through: refused, and the tunnel is named', async () => {
    const filter = 'table inet block { chain forward { type filter hook forward priority 0; udp dport 6081 drop; }; }'
    await run('router', ['nft', filter])
    try {
      expect(await refusal('encap')).toMatch(/tunnelled packets do not pass from n1 to n3, and direct ones do/u)
    } finally {
      await run('router', ['nft', 'delete', 'table', 'inet', 'block'])
    }
  })
})

describe('a saved plan', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saved-plan-'))
  })
  afterAll(() => rm(folder, {recursive: true, force: true}))

  test('is carried out while the facts are as they were, and refused when they are not, naming which', async () => {
    const file = join(folder, 'hybrid.json')
    await antctlOk('set-mode', 'hybrid', '--dry-run', '--save', file)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await antctlOk('set-mode', '--plan', file, '--yes')).toMatch(/Every Node runs hybrid|hybrid/u)
    const {exitCode, stderr} = await antctl('set-mode', '--plan', file, '--yes')
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/no longer fits: ConfigMap antrea-config: antrea-agent/u),
    ])
    await antctlOk('set-mode', 'encap', '--yes')
  })

  describe('on a disk that is full', () => {
    const mounted = () => join(folder, 'full')
    beforeAll(async () => {
      await execa('mkdir', [mounted()])
      await execa('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', mounted()])
    })
    afterEach(() => execa('umount', [mounted()]))
    test('a sentence says so, nothing is changed and nothing is left', async () => {
      const before = await settings()
      const {exitCode, stderr} = await antctl('set-mode', 'hybrid', '--yes', '--save', join(mounted(), 'plan.json'))
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(/could not be saved, and nothing was changed: ENOSPC/u),
      ])
      expect(await readdir(mounted())).toEqual([])
      expect(await settings()).toEqual(before)
    })
  })
})
