import {join} from 'node:path'

/**
 * What the tests start on Nodes and in Pods, named by its path below test/: the source as it is, or the one file that it was made
 * into (in the directory ANTCTL_TEST_PROGRAMS), where reading many sources takes long.
 */
export function testProgram(
  name: 'datapath/hands' | 'datapath/kernel-hands' | 'datapath/traffic' | 'kernel/run-agent' | 'kernel/start-agent',
): string {
  const directory = process.env['ANTCTL_TEST_PROGRAMS'] ?? ''
  return directory === '' ? join(import.meta.dirname, '..', `${name}.ts`) : join(directory, `${name}.mjs`)
}
