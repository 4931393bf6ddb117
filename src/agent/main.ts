import {AntctlError, sentenceOf} from '../model/errors.ts'
import {runAgent} from './agent.ts'
import {places, readIdentity} from './identity.ts'
import {openLog} from './log.ts'
import {restoreTransportOfNode, uninstall} from './uninstall.ts'

const usage = 'antrea-agent [--restore-transport | --uninstall]'

const log = openLog(process.env['NODE_NAME'] ?? '')
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

try {
  await start(process.argv.slice(2))
  process.exit(0)
} catch (error) {
  if (!stop.signal.aborted) {
    const remedy = error instanceof AntctlError ? error.remedy : []
    log.fatal({remedy, ...(error instanceof AntctlError ? {code: error.code} : {err: error})}, sentenceOf(error))
    process.exit(error instanceof AntctlError ? error.exitCode : 1)
  }
  process.exit(0)
}

async function start(args: readonly string[]): Promise<void> {
  const [command, ...more] = args
  if (more.length > 0) throw new AntctlError('USAGE', usage)
  switch (command) {
    case undefined:
      return runAgent({
        identity: readIdentity(process.env),
        places,
        log,
        signal: stop.signal,
        stop: () => stop.abort(),
      })
    case '--restore-transport':
      return restoreTransportOfNode(places.ovsRunDir)
    case '--uninstall':
      return uninstall(places)
    default:
      throw new AntctlError('USAGE', usage)
  }
}
