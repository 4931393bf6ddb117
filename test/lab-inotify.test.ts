import {expect, test} from 'vitest'
import {requireInotify} from '../lab/inotify.ts'

test('a lab is refused where a kubelet would go without an inotify instance', () => {
  const third = {most: 128, taken: 94}
  expect(() => requireInotify(4, third)).toThrow(
    'the lab needs 47 inotify instances, and 94 of the 128 that a user may have are taken',
  )
  expect(() => requireInotify(4, third)).toThrow(
    expect.objectContaining({remedy: ['sudo sysctl fs.inotify.max_user_instances=1024']}),
  )
})

test.each([
  [4, {most: 128, taken: 81}],
  [2, {most: 128, taken: 94}],
])('%i Nodes with %o', (nodes, facts) => {
  expect(() => requireInotify(nodes, facts)).not.toThrow()
})
