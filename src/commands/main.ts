import {enableCompileCache} from 'node:module'
import {homedir} from 'node:os'
import {join} from 'node:path'

// Compiled code is kept in the user's own cache: the default place is below /tmp, where others could put theirs.
const cache = process.env['ANTCTL_CACHE'] ?? inHome()
if (cache !== undefined) enableCompileCache(join(cache, 'compiled'))

/** undefined: a user without a home has no cache either. */
function inHome(): string | undefined {
  try {
    return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'antctl')
  } catch {
    return undefined
  }
}

const {loadAntctl, runAntctl} = await import('./run.ts')
process.exitCode = await runAntctl(process.argv.slice(2), await loadAntctl())
