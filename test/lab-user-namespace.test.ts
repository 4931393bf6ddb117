import {expect, test} from 'vitest'
import {needsRoot, type UserNamespaceFacts, whyNoUserNamespace} from '../lab/user-namespace.ts'

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

test('what this machine says is one sentence', async () => {
  const {message, remedy} = await needsRoot()
  expect(message).toMatch(/^the lab makes namespaces and cgroups, which needs root: [^\n]*user namespace[^\n]+$/u)
  expect(remedy).toEqual(['sudo npm run lab -- up'])
})
