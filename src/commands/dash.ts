import {Args, Flags} from '@oclif/core'
import {AntctlError, exitCodes} from '../model/errors.ts'
import {type FeedEvent, type FeedName, withNews} from '../ui/dash/facts.ts'
import {textOf} from '../ui/dash/frame.ts'
import {openPage, type PageName, pageNamed, pages} from '../ui/dash/place.ts'
import {openState, type State} from '../ui/dash/state.ts'
import {mannerOf} from '../ui/dash/views.ts'
import {isTable} from '../ui/output.ts'
import {AntctlCommand, listOf} from './base.ts'
import type {Asking} from './face/feeds.ts'
import type {Ends} from './face/pairs.ts'

/** Columns where nobody says how many, and seconds for all that one frame asks. */
const [pipeWidth, patience] = [120, 30]
/** Milliseconds for one question to one Node: one that hangs must not make all the others old. */
const nodeTimeout = 8_000

export class Dash extends AntctlCommand {
  static override summary = 'The cluster on one screen, by keys; antctl alone in a terminal opens it.'
  static override description =
    'Reads again and again, and changes nothing until a change is confirmed by typing; for loss and round trips the agents exchange ' +
    'a few packets (--no-probes: none). ? shows every key. Without a terminal, or with --once, one frame is printed as text; its exit ' +
    'status is 1 when something is bad.'
  static override examples = [
    '<%= config.bin %> dash',
    '<%= config.bin %> dash --once --width 100',
    '<%= config.bin %> dash --once -o json',
  ]
  static override args = {
    page: Args.string({
      ignoreStdin: true,
      description: `where to begin: ${pages.map(({name}) => name).join(', ')}`,
      default: 'overview',
    }),
  }
  static override flags = {
    once: Flags.boolean({summary: 'print one frame, and end'}),
    width: Flags.integer({summary: 'columns of that frame', helpValue: 'N', min: 20, max: 1_000}),
    probes: Flags.boolean({
      summary: 'while it is open, have the agents probe a few pairs, unless somebody does already',
      allowNo: true,
      default: true,
    }),
    nodes: Flags.string({summary: 'only these Nodes, separated by commas', helpValue: 'NODE', multiple: true}),
    selector: Flags.string({char: 'l', summary: 'only Nodes with these labels', helpValue: 'LABEL=VALUE,…'}),
  }

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(Dash)
    const name = parsePage(args.page)
    const signal = this.deadline(flags.once ? (flags.timeout ?? patience) : flags.timeout)
    const isDrawable = process.stdout.isTTY && process.stdin.isTTY && process.env['TERM'] !== 'dumb'
    const isText = flags.once || flags.width !== undefined || !isTable(flags.output) || !isDrawable
    const [{openLastingSession}, {sharedSession}, {openFeeds}, {openProber}] = await Promise.all([
      import('../cluster/session.ts'),
      import('./face/session.ts'),
      import('./face/feeds.ts'),
      import('./face/prober.ts'),
    ])
    const options = {...flags, nodes: listOf(flags.nodes), signal, nodeTimeout, onRoad: this.tell(flags)}
    await using lasting = await this.within(signal, openLastingSession(options))
    const asking = {session: sharedSession(lasting), signal}
    const quietly = isText
      ? 'one frame takes no time for them'
      : flags.probes
        ? undefined
        : 'none are wanted (--no-probes)'
    await using prober = openProber({...asking, quietly})
    const ask = openFeeds({...asking, prober, nodeTimeout, hurries: !isText})
    const screen = {columns: flags.width ?? pipeWidth, rows: 24}
    const start = openState({screen, now: Date.now(), quiet: !flags.probes}, openPage(name))
    if (!isText) return await this.#interactive(start, ask, asking)
    if (!flags.once) this.note('not a terminal to draw on: this is one frame of what antctl dash shows')
    const state = await this.within(signal, known(start, ask))
    await this.show(await valueOf(state), flags.output, ({theme}) => textOf(state, theme))
    process.exitCode = state.facts.health?.value?.report.healthy === false ? exitCodes.failed : exitCodes.ok
  }

  async #interactive(start: State, ask: Ask, asking: Asking): Promise<void> {
    const [{screenOf, showFace}, {walkBetween}, {openDriver}, {openPairLooks}] = await Promise.all([
      import('./face/loop.ts'),
      import('./face/tracing.ts'),
      import('./face/driving.ts'),
      import('./face/pairs.ts'),
    ])
    const {session, signal} = asking
    const {theme} = this.view(process.stdout)
    const walk = async (ends: Ends) => walkBetween(await session(), ends, signal)
    const driver = openDriver(asking)
    await using pairs = openPairLooks(asking)
    await showFace({start: {...start, screen: screenOf(process.stdout)}, theme, ask, walk, driver, pairs, signal})
  }
}

type Ask = (name: FeedName) => Promise<FeedEvent>

/** All that the frame needs, asked once; the first question that nobody answers ends it. */
async function known(start: State, ask: Ask): Promise<State> {
  const news = await Promise.all(mannerOf(start.places[0]).feeds.map((name) => ask(name)))
  for (const event of news) if (event.kind === 'failed') throw event.error
  const facts = news.reduce(withNews, start.facts)
  return {...start, now: Date.now(), facts}
}

/** For programs: each fact by its name, as its own command gives it. */
async function valueOf({facts}: State): Promise<object> {
  const {rowsOf} = await import('../diagnostics/paths/rows.ts')
  const {paths, flows, routes, pods, events, ...others} = facts
  const plain = Object.entries(others).map(([name, feed]) => [name, feed.value])
  const sheets = Object.entries({flows, routes, pods, events}).map(([name, feed]) => [
    name,
    feed?.value?.rows.map(({value}) => value),
  ])
  return {...Object.fromEntries([...plain, ...sheets]), paths: paths?.value && rowsOf(paths.value.tables)}
}

function parsePage(text: string): PageName {
  const name = pageNamed(text)
  if (name !== undefined) return name
  throw new AntctlError('USAGE', `${JSON.stringify(text)} is no page of the dashboard`, {
    remedy: pages.map((page) => `antctl dash ${page.name}`),
  })
}
