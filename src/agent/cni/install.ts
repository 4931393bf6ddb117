import {randomBytes} from 'node:crypto'
import {chmod, copyFile, mkdir, readlink, rename, rm, symlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {names} from '../../model/names.ts'

/** Folders of the Node, as mounted into the container. */
export interface CniPlaces {
  readonly cniConfig: string
  readonly cniPrograms: string
  readonly cniProgram: string
}

/** No portmap or bandwidth here: a Node whose folder lacks a chained program would start no Pod at all. */
const conflist = {
  cniVersion: '1.0.0',
  name: 'antrea',
  plugins: [{type: names.cniProgram}],
}

/** containerd wants a program of this name for every Pod; bin/cni/loopback.go is one. */
const loopback = 'loopback'

/** The program first, then the list that names it: the container runtime takes both up by itself. */
export async function installCni({cniConfig, cniPrograms, cniProgram}: CniPlaces): Promise<void> {
  await replaceFile(join(cniPrograms, names.cniProgram), async (temporary) => {
    await copyFile(cniProgram, temporary)
    await chmod(temporary, 0o755)
  })
  // Where the Node has its own, that one stays.
  await symlink(names.cniProgram, join(cniPrograms, loopback)).catch(ignoreExisting)
  await replaceFile(join(cniConfig, names.conflist), (temporary) =>
    writeFile(temporary, `${JSON.stringify(conflist, undefined, 2)}\n`, {mode: 0o644}),
  )
}

export async function uninstallCni({cniConfig, cniPrograms}: CniPlaces): Promise<void> {
  await rm(join(cniConfig, names.conflist), {force: true})
  const target = await readlink(join(cniPrograms, loopback)).catch(() => undefined)
  if (target === names.cniProgram) await rm(join(cniPrograms, loopback))
  await rm(join(cniPrograms, names.cniProgram), {force: true})
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}

/** Written beside and renamed: nobody ever reads half a file. The dot and the ending hide it from the runtime. */
async function replaceFile(target: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  await mkdir(dirname(target), {recursive: true})
  const temporary = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await write(temporary)
    await rename(temporary, target)
  } finally {
    await rm(temporary, {force: true})
  }
}
