import {keepCompiledCode} from './compile-cache.ts'

keepCompiledCode()
const {runAntctl} = await import('./run.ts')
process.exitCode = await runAntctl(process.argv.slice(2))
