import {execa} from 'execa'

/** What the xz archive holds; busybox does not know the filter that kernels are packed with. */
export async function unpackXz(archive: Uint8Array): Promise<Uint8Array> {
  const {stdout} = await execa('xz', ['--decompress', '--stdout', '--single-stream'], {
    input: archive,
    encoding: 'buffer',
    maxBuffer: 256 * 1024 * 1024,
  })
  return stdout
}
