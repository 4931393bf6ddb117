import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {type UserNamespaceFacts, whyNoUserNamespace} from '../lab/user-namespace.ts'

const able: UserNamespaceFacts = {
  name: 'ada',
  uid: 1000,
  most: '96365',
  unprivileged: '',
  restricted: '',
  refusal: '',
  missing: [],
  subuid: 'root:1:5\nada:100000:65536\n',
  subgid: '1000:100000:131072',
}

test.each<readonly [string, Partial<UserNamespaceFacts>]>([
  ['user namespaces are off (user.max_user_namespaces)', {most: '0'}],
  ['user namespaces are for root alone (kernel.unprivileged_userns_clone)', {unprivileged: '0'}],
  ['AppArmor lets nobody else make user namespaces (kernel.apparmor_restrict_unprivileged_userns)', {restricted: '1'}],
  ['a user namespace cannot be made: unshare failed: EPERM', {refusal: 'unshare failed: EPERM'}],
  [
    'a user namespace would need newuidmap and newgidmap, which are not installed',
    {missing: ['newuidmap', 'newgidmap']},
  ],
  ['a user namespace would need newgidmap, which is not installed', {missing: ['newgidmap']}],
  ['a user namespace would need 65536 ids, and /etc/subuid gives ada fewer', {subuid: 'ada:100000:65535\nbob:1:65536'}],
  ['a user namespace would need 65536 ids, and /etc/subgid gives ada fewer', {subgid: 'nonsense'}],
  ['a user namespace would do on this machine, but the lab does not use one yet', {}],
])('%s', (why, facts) => {
  expect(whyNoUserNamespace({...able, ...facts})).toBe(why)
})

/** Anybody who is not root; root becomes nobody for it. */
const user = process.getuid?.() === 0 ? {uid: 65_534, gid: 65_534} : {}

const main = join(import.meta.dirname, '..', 'lab', 'main.ts')
/** A checkout in root's own home is nobody's to read. */
const canRead = spawnSync(process.execPath, ['--check', main], user).status === 0

test.runIf(canRead)(
  'who is not root is told so in one sentence, with the reason why nothing else would do',
  async () => {
    const {stderr, exitCode} = await execa(process.execPath, [main, 'up'], {
      ...user,
      env: {ANTCTL_LAB: '/nonexistent/lab', HOME: '/nonexistent', NODE_COMPILE_CACHE: ''},
      reject: false,
      stdin: 'ignore',
    })
    expect(stderr).toMatch(/the lab makes namespaces and cgroups, which needs root: \S.+/u)
    expect(stderr).toContain('sudo npm run lab -- up')
    expect(stderr).not.toContain('    at ')
    expect(exitCode).not.toBe(0)
  },
)
