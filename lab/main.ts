import {join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {existsSync, readdirSync} from 'node:fs'
import {AntctlError, sentenceOf} from '../src/model/errors.ts'
import {deploy, down, isUp, up} from './lab.ts'
import {load} from './loading.ts'
import {kubectlEnvironment, kubectlProgram} from './kubectl.ts'
import {inside} from './machines.ts'
import {attach} from './attach.ts'
import {cutLink, healLink, parseLink} from './links.ts'
import {bootNode, cutPower, joinCluster} from './nodes.ts'
import {describeStatus} from './status.ts'
import {currentTopology, paths, readRecord} from './state.ts'
import {playUpstream} from './upstream.ts'
import {endQuietlyOnClosedPipe} from '../src/commands/closed-pipe.ts'
import {isTrafficMode} from '../src/model/traffic-mode.ts'
import {runInside} from './without-root.ts'
import {aboutTopology, defaultTopology, nodeNamed, parseTopologyName, topologyNames} from './topologies.ts'
import {progressOnStderr} from './progress.ts'

/** A verb of the lab: what may follow it, and what it does; answers the exit status. */
interface Verb {
  readonly usage: string
  readonly about: string
  /** Whether it makes, without root, the user namespace that everything of the lab is in. */
  readonly makesNamespace?: () => boolean
  readonly run: (args: readonly string[]) => Promise<number>
}

const verbs: Readonly<Record<string, Verb>> = {
  up: {
    usage: 'up [--deploy] [--topology NAME]',
    about: 'start the cluster; --deploy puts our agent on it',
    makesNamespace: () => true,
    run: runUp,
  },
  upstream: {
    usage: 'upstream [MODE]',
    about: 'play an upstream cluster back on the topology `recorded`',
    run: runUpstream,
  },
  topologies: {usage: 'topologies', about: 'the networks that it can be', run: runTopologies},
  down: {
    usage: 'down',
    about: 'end it and remove all that it made',
    makesNamespace: () => existsSync(paths.lab),
    run: runDown,
  },
  status: {usage: 'status', about: 'what runs, since when, and how to reach it', run: runStatus},
  kubectl: {usage: 'kubectl ARGUMENT…', about: 'the pinned kubectl, pointed at the lab', run: runKubectl},
  node: {usage: 'node NODE COMMAND…', about: 'a command on a Node, on "router" or "outside"', run: runOnNode},
  stop: {usage: 'stop NODE', about: 'cut the power of a Node; its disk stays', run: runStop},
  start: {usage: 'start NODE', about: 'switch its power on again', run: runStart},
  cut: {usage: 'cut NODE[:NODE]', about: "pull a Node's transport cable, or drop what two Nodes send", run: runCut},
  heal: {usage: 'heal NODE[:NODE]', about: 'undo a cut', run: runHeal},
  load: {usage: 'load IMAGE.tar', about: 'have every Node take an image', run: runLoad},
  logs: {usage: 'logs NODE', about: 'what the programs of a Node, or of "router", wrote', run: runLogs},
}

endQuietlyOnClosedPipe()
process.exitCode = await main(process.argv.slice(2))

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  try {
    if (verb === undefined) throw usage(name === '' ? 'say what to do' : `${JSON.stringify(name)} is not a lab command`)
    return (await runInside({fresh: verb.makesNamespace?.() ?? false})) ?? (await verb.run(args))
  } catch (error) {
    process.stderr.write(`lab: ${sentenceOf(error)}\n`)
    if (!(error instanceof AntctlError)) return 1
    for (const remedy of error.remedy) process.stderr.write(`  try: ${remedy}\n`)
    return error.exitCode
  }
}

async function runUp(args: readonly string[]): Promise<number> {
  const {deploy: withAgent, topology} = parseUp(args)
  if (!(await up(progressOnStderr(), parseTopologyName(topology)))) process.stderr.write('the lab is up already\n')
  if (withAgent) await deploy()
  process.stderr.write(`export KUBECONFIG=${paths.kubeconfig}\n`)
  return 0
}

function parseUp(args: readonly string[]): {readonly deploy: boolean; readonly topology: string} {
  try {
    return parseArgs({
      args: [...args],
      options: {deploy: {type: 'boolean', default: false}, topology: {type: 'string', default: defaultTopology}},
    }).values
  } catch (error) {
    throw usage(`up: ${sentenceOf(error)}`)
  }
}

async function runUpstream([mode = 'hybrid', ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0 || !isTrafficMode(mode)) throw usage('upstream takes encap, hybrid or noEncap')
  requireUp()
  if (readRecord()?.topology !== 'recorded') {
    throw new AntctlError('USAGE', 'an upstream cluster is played back on the topology `recorded` only', {
      remedy: ['npm run lab -- down', 'npm run lab -- up --topology recorded'],
    })
  }
  await playUpstream(mode)
  return 0
}

async function runTopologies(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw usage('topologies takes no argument')
  for (const name of topologyNames) process.stdout.write(`${name.padEnd(15)} ${aboutTopology(name)}\n`)
  return 0
}

async function runDown(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw usage('down takes no argument')
  await down()
  return 0
}

async function runStatus(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw usage('status takes no argument')
  process.stdout.write(`${describeStatus(currentTopology())}\n`)
  return 0
}

async function runKubectl(args: readonly string[]): Promise<number> {
  requireUp()
  return attach([kubectlProgram, ...args], kubectlEnvironment)
}

async function runOnNode([name = '', ...command]: readonly string[]): Promise<number> {
  if (name === '' || command.length === 0) throw usage('node takes a Node and a command')
  return attach(inside(name, command))
}

async function runStop([name = '', ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw usage('stop takes one Node')
  requireUp()
  await cutPower(nodeNamed(currentTopology(), name))
  return 0
}

async function runStart([name = '', ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw usage('start takes one Node')
  requireUp()
  const topology = currentTopology()
  const node = nodeNamed(topology, name)
  await bootNode(node, topology)
  joinCluster(node, topology)
  return 0
}

async function runCut([link = '', ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw usage('cut takes one link')
  requireUp()
  await cutLink(parseLink(link, currentTopology()))
  return 0
}

async function runHeal([link = '', ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw usage('heal takes one link')
  requireUp()
  await healLink(parseLink(link, currentTopology()))
  return 0
}

async function runLoad([file = '', ...rest]: readonly string[]): Promise<number> {
  if (file === '' || rest.length > 0 || !existsSync(file)) throw usage('load takes the file of an image')
  requireUp()
  await load(resolve(file))
  return 0
}

async function runLogs([name = '', ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0 || name.includes('/') || !existsSync(paths.logs(name)))
    throw usage('logs takes a Node, or "router"')
  return attach([
    'tail',
    '-v',
    '-n',
    '40',
    ...readdirSync(paths.logs(name)).map((file) => join(paths.logs(name), file)),
  ])
}

function requireUp(): void {
  if (!isUp()) throw new AntctlError('UNHEALTHY', 'the lab is not running', {remedy: ['npm run lab -- up']})
}

function usage(sentence: string): AntctlError {
  return new AntctlError('USAGE', sentence, {
    remedy: Object.values(verbs).map(({usage, about}) => `npm run lab -- ${usage.padEnd(31)} ${about}`),
  })
}
