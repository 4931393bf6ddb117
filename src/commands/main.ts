import {enableCompileCache} from 'node:module'
import {homedir} from 'node:os'
import {join} from 'node:path'

// Compiled code is kept in the user's own cache: the default place is below /tmp, where others could put theirs.
const cache = process.env['ANTCTL_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'antctl')
enableCompileCache(join(cache, 'compiled'))

const {loadAntctl, runAntctl} = await import('./run.ts')
process.exitCode = await runAntctl(process.argv.slice(2), await loadAntctl())
