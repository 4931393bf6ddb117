import {randomBytes} from 'node:crypto'
import {chmod, mkdir, readFile, readlink, rename, rm, symlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import {conflistOf, shippedPrograms} from './conflist.ts'

/** Folders of the Node, as mounted into the container, and the image's own programs. */
export interface CniPlaces {
  readonly cniConfig: string
  readonly cniPrograms: string
  readonly cniShipped: string
}

/** containerd wants a program of this name for every Pod; bin/cni/loopback.go is one. */
const loopback = 'loopback'

/**
 * The programs first, then the list that names them: the container runtime takes both up by itself. A file that is as it
 * must be is left alone, so that a restart of the agent does not make the runtime load its configuration again.
 */
export async function installCni(
  {cniConfig, cniPrograms, cniShipped}: CniPlaces,
  wiring: Pick<NodeWiring, 'datapath'>,
): Promise<void> {
  for (const program of shippedPrograms) {
    await putFile(join(cniPrograms, program), await readFile(join(cniShipped, program)), 0o755)
  }
  // Where the Node has its own, that one stays.
  await symlink(names.cniProgram, join(cniPrograms, loopback)).catch(ignoreExisting)
  const conflist = `${JSON.stringify(conflistOf(wiring), undefined, 2)}\n`
  await putFile(join(cniConfig, names.conflist), Buffer.from(conflist), 0o644)
}

/** The Node then takes no new Pods: for an agent that will not serve soon. Its programs stay, for the Pods that leave. */
export async function withdrawCni({cniConfig}: Pick<CniPlaces, 'cniConfig'>): Promise<void> {
  await rm(join(cniConfig, names.conflist), {force: true})
}

export async function uninstallCni({cniConfig, cniPrograms}: Omit<CniPlaces, 'cniShipped'>): Promise<void> {
  await withdrawCni({cniConfig})
  const target = await readlink(join(cniPrograms, loopback)).catch(() => undefined)
  if (target === names.cniProgram) await rm(join(cniPrograms, loopback))
  for (const program of shippedPrograms) await rm(join(cniPrograms, program), {force: true})
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}

/** Written beside and renamed: nobody ever reads half a file. The dot and the ending hide it from the runtime. */
async function putFile(target: string, content: Buffer, mode: number): Promise<void> {
  const present = await readFile(target).catch(() => undefined)
  if (present?.equals(content) === true) return chmod(target, mode)
  await mkdir(dirname(target), {recursive: true})
  const temporary = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeFile(temporary, content, {mode, flush: true})
    // The umask does not apply to this one.
    await chmod(temporary, mode)
    await rename(temporary, target)
  } finally {
    await rm(temporary, {force: true})
  }
}
