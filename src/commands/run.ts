import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {Config, run} from '@oclif/core'
import {exitCodes} from '../model/errors.ts'
import {version} from '../model/version.ts'
import {reportFailure} from './failure.ts'

/** Runs one command line; the number is what the process exits with. `home` is the folder of the commands' index. */
export async function runAntctl(argv: readonly string[], home: string): Promise<number> {
  endQuietlyOnClosedPipe()
  try {
    const config = await Config.load({root: home, pjson: description(home), isRoot: true, ignoreManifest: true})
    await run([...argv], config)
    return Number(process.exitCode ?? exitCodes.ok)
  } catch (error) {
    return reportFailure(error)
  }
}

/** What oclif would read from a package.json: said here, so that it is the same for the sources and for dist. */
function description(home: string) {
  const built = !existsSync(join(home, 'index.ts'))
  return {
    name: 'antctl',
    version,
    type: 'module' as const,
    description: 'Which way does this packet go between these two Pods, and why',
    oclif: {
      bin: 'antctl',
      dirname: 'antctl',
      topicSeparator: ' ' as const,
      commands: {
        strategy: 'explicit' as const,
        target: join(home, built ? 'index.mjs' : 'index.ts'),
        identifier: 'commands',
      },
      topics: {
        get: {description: 'Show what agents report: health, Pod interfaces, flows.'},
        check: {description: 'Put the network to the test.'},
      },
    },
  }
}

function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) =>
      process.exit(error.code === 'EPIPE' ? exitCodes.closedPipe : exitCodes.failed),
    )
  }
}
