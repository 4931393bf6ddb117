import {execa} from 'execa'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {sentenceOf} from '../src/model/errors.ts'
import {paths} from './state.ts'

/** kubectl's path and the environment that points it at the lab. */
export const kubectlProgram = join(paths.programs, 'kubectl')
export const kubectlEnvironment = {KUBECONFIG: paths.kubeconfig} as const

/** Runs kubectl on the machine itself, through the relay; answers its stdout, throws with its stderr. */
export async function kubectl(command: readonly string[], input?: string): Promise<string> {
  const {stdout} = await execa(kubectlProgram, command, {
    env: kubectlEnvironment,
    ...(input === undefined ? {stdin: 'ignore'} : {input}),
  })
  return stdout
}

/** Applies objects as they are; a Namespace's default ServiceAccount comes a moment after it, and Pods wait for that. */
export async function applyObjects(objects: readonly object[]): Promise<void> {
  const list = JSON.stringify({apiVersion: 'v1', kind: 'List', items: objects})
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], list)
      return
    } catch (error) {
      if (Date.now() > deadline || !sentenceOf(error).includes('serviceaccount "default" not found')) throw error
    }
    await sleep(200)
  }
}
