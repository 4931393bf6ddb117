import {Config, Plugin, run} from '@oclif/core'
import {exitCodes} from '../model/errors.ts'
import {version} from '../model/version.ts'
import {endQuietlyOnClosedPipe} from './closed-pipe.ts'
import {reportFailure} from './failure.ts'
import {commands} from './index.ts'

/** What oclif would look for in files is in this program: as sources, compiled, or in a snapshot of a started process. */
Object.defineProperty(Plugin.prototype, 'loadCommandsFromTarget', {value: async () => commands})

export function loadAntctl(): Promise<Config> {
  return Config.load({root: '/', pjson: description, isRoot: true, ignoreManifest: true})
}

/** Runs one command line; the number is what the process exits with. */
export async function runAntctl(argv: readonly string[], config: Config): Promise<number> {
  endQuietlyOnClosedPipe()
  try {
    await run(isAlone(argv) ? ['dash', ...argv] : [...argv], config)
    return Number(process.exitCode ?? exitCodes.ok)
  } catch (error) {
    return reportFailure(error)
  }
}

/** Without a command, at most with flags that every command has. */
function isAlone([first]: readonly string[]): boolean {
  return first === undefined || (first.startsWith('-') && !['-h', '--help', '--version'].includes(first))
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
