'use strict'
// The first file that the shipped antctl runs: the program beside it, with the code that V8 made of it at the build.
const {readFileSync} = require('node:fs')
const {constants, Script} = require('node:vm')

const filename = `${__dirname}/program.js`
const script = new Script(readFileSync(filename, 'latin1'), {
  filename,
  cachedData: readFileSync(`${__dirname}/program.code`),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
})
script.runInThisContext()(require, module)
module.exports.start(process.argv.slice(2))
