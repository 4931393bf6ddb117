import {join} from 'node:path'
import {startupSnapshot} from 'node:v8'
import {compileFunction, constants} from 'node:vm'
import type {Config} from '@oclif/core'
import {keepCompiledCode} from './compile-cache.ts'
import {preload} from './preload.ts'
import {loadAntctl, runAntctl} from './run.ts'

/**
 * What scripts/build-shipped.ts runs once, to keep the started process as a snapshot: every start of the shipped antctl
 * goes on from here, where oclif and the commands are loaded already.
 */
let config: Config | undefined
void prepare()

startupSnapshot.setDeserializeMainFunction(() => {
  // A snapshot has no import(): what is too large for it lies as modules beside the program.
  const load = compileFunction('return import(url)', ['url'], {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  Object.assign(globalThis, {
    antctlLate: (name: string) => {
      keepCompiledCode()
      return load(join(process.execPath, '..', 'late', name))
    },
  })
  if (config === undefined) throw new Error('the snapshot holds no commands')
  void runAntctl(process.argv.slice(2), config).then((status) => (process.exitCode = status))
})

async function prepare(): Promise<void> {
  config = await loadAntctl()
  await preload()
}
