import {homedir} from 'node:os'
import {join} from 'node:path'

/** Compiled code is kept in the user's own cache: the default place is below /tmp, where others could put theirs. */
export function keepCompiledCode(): void {
  const cache = process.env['ANTCTL_CACHE'] ?? inHome()
  // A snapshot must not hold it, so that it is fetched when it is needed.
  if (cache !== undefined) process.getBuiltinModule('node:module').enableCompileCache(join(cache, 'compiled'))
}

/** undefined: a user without a home has no cache either. */
function inHome(): string | undefined {
  try {
    return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'antctl')
  } catch {
    return undefined
  }
}
