import {expect, test} from 'vitest'
import {refusalOf, type UserNamespaceFacts} from '../lab/user-namespace.ts'

const able: UserNamespaceFacts = {
  name: 'ada',
  uid: 1000,
  most: '96365',
  unprivileged: '',
  restricted: '',
  refusal: '',
  subuid: 'root:1:5\nada:100000:65536\n',
  subgid: '1000:100000:131072',
  tun: 'open',
}

test.each<readonly [string, string, Partial<UserNamespaceFacts>]>([
  ['this machine has user namespaces switched off', 'sudo sysctl user.max_user_namespaces=10000', {most: '0'}],
  [
    'this machine has user namespaces for root alone',
    'sudo sysctl kernel.unprivileged_userns_clone=1',
    {unprivileged: '0'},
  ],
  [
    'AppArmor has user namespaces for root alone',
    'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0',
    {restricted: '1'},
  ],
  [
    'its user namespace takes 65536 ids, and ada has fewer in /etc/subuid',
    'sudo usermod --add-subuids 231072-296607 ada',
    {subuid: 'ada:100000:65535\nbob:1:65536'},
  ],
  [
    'its user namespace takes 65536 ids, and ada has fewer in /etc/subuid and /etc/subgid',
    'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ada',
    {subuid: '', subgid: 'nonsense'},
  ],
  ['/dev/net/tun is not open to every user', 'sudo chmod 0666 /dev/net/tun', {tun: 'closed'}],
  ['this machine has no /dev/net/tun', 'sudo modprobe tun', {tun: 'missing'}],
])('%s', (why, remedy, facts) => {
  expect(refusalOf({...able, ...facts})).toEqual({why, remedy: [remedy]})
})

test('what unshare says is passed on', () => {
  const refusal = 'unshare: unshare failed: Operation not permitted'
  expect(refusalOf({...able, refusal})).toEqual({why: `a user namespace cannot be made: ${refusal}`, remedy: []})
})

test('a machine that allows it is not refused', () => {
  expect(refusalOf(able)).toBeUndefined()
})
