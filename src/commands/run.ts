import {Config, Plugin, run} from '@oclif/core'
import {exitCodes} from '../model/errors.ts'
import {version} from '../model/version.ts'
import {endQuietlyOnClosedPipe} from './closed-pipe.ts'
import {isAlone} from './command-id.ts'
import {reportFailure} from './failure.ts'
import {commands} from './index.ts'

/** What oclif would look for in files is in this program, as sources or compiled. */
Object.defineProperty(Plugin.prototype, 'loadCommandsFromTarget', {value: allCommands})

/** Runs one command line; the number is what the process exits with. */
export async function runAntctl(argv: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe()
  try {
    const config = await Config.load({root: '/', pjson: description, isRoot: true, ignoreManifest: true})
    await run(isAlone(argv) ? ['dash', ...argv] : [...argv], config)
    return Number(process.exitCode ?? exitCodes.ok)
  } catch (error) {
    return reportFailure(error)
  }
}

async function allCommands(): Promise<object> {
  return Object.fromEntries(
    await Promise.all(Object.entries(commands).map(async ([id, load]) => [id, await load()] as const)),
  )
}

const description = {
  name: 'antctl',
  version,
  type: 'module' as const,
  description: 'Which way does this packet go between these two Pods, and why',
  oclif: {
    bin: 'antctl',
    dirname: 'antctl',
    topicSeparator: ' ' as const,
    commands: {strategy: 'explicit' as const, target: '/', identifier: 'commands'},
    topics: {
      get: {description: 'Show what agents report: health, Pod interfaces, flows.'},
      check: {description: 'Put the network to the test.'},
    },
  },
}
