import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {type JsonRpcSession, openJsonRpc} from './json-rpc.ts'

/** The control socket of ovs-vswitchd: what ovs-appctl talks to. */
export interface Control extends Disposable {
  /** For example run('ofproto/trace', ['br-int', 'in_port=1,ip']). The command's own error becomes code OPENFLOW. */
  run(command: string, args?: readonly string[]): Promise<string>
  onClose(listener: (reason: AntctlError | undefined) => void): void
  close(): void
}

/** Finds ovs-vswitchd.PID.ctl in `runDir`, for example /var/run/openvswitch. Throws OPENFLOW when none answers. */
export async function connectControl(runDir: string, {signal}: {readonly signal?: AbortSignal} = {}): Promise<Control> {
  const session = await firstThatAnswers(runDir, signal)
  return {
    async run(command, args = []) {
      const answer = await session.call(command, args)
      return typeof answer === 'string' ? answer : JSON.stringify(answer)
    },
    onClose: (listener) => session.onClose(listener),
    close: () => session.close(),
    [Symbol.dispose]: () => session.close(),
  }
}

/** A crashed ovs-vswitchd leaves its socket behind: more than one may be there, one of them alive. */
async function firstThatAnswers(runDir: string, signal: AbortSignal | undefined): Promise<JsonRpcSession> {
  const failures: string[] = []
  const found = await readdir(runDir).catch(() => [])
  for (const name of found.filter((entry) => /^ovs-vswitchd\.\d+\.ctl$/u.test(entry))) {
    try {
      return await openJsonRpc(join(runDir, name), {name: 'ovs-vswitchd', code: 'OPENFLOW'}, signal)
    } catch (error) {
      failures.push(sentenceOf(error))
    }
  }
  throw new AntctlError('OPENFLOW', failures[0] ?? `${runDir} has no control socket of ovs-vswitchd`, {
    remedy: ['is ovs-vswitchd running?'],
  })
}
