import {join} from 'node:path'
import type {BuildOptions} from 'esbuild'

// CommonJS packages inside an ES module bundle still call require().
const requireBanner = `import {createRequire as __createRequire} from 'node:module'; const require = __createRequire(import.meta.url);`

export const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  banner: {js: requireBanner},
  outExtension: {'.js': '.mjs'},
  logLevel: 'error',
  absWorkingDir: join(import.meta.dirname, '..'),
  legalComments: 'none',
}
