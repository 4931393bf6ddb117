import {createHash} from 'node:crypto'
import {rename} from 'node:fs/promises'
import {type Entry, fileEntry, textEntry, writeTar} from './tar.ts'

/** A layer that lies on disk as an uncompressed tar. */
export interface Layer {
  readonly file: string
  /** SHA-256 in hexadecimal digits. */
  readonly digest: string
  readonly size: number
}

export interface ImageSpec {
  readonly name: string
  readonly layers: readonly Layer[]
  /** The layers that the tar brings, when whoever imports it has the others. */
  readonly carried?: readonly Layer[]
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
}

const architectures: Readonly<Record<string, string>> = {x64: 'amd64', arm64: 'arm64'}

/** An OCI image layout in one tar, as `ctr images import` takes it. Source: OCI image-spec v1.1, image-layout.md. */
export async function writeImage(target: string, spec: ImageSpec): Promise<void> {
  const platform = {os: 'linux', architecture: architectures[process.arch] ?? process.arch}
  const config = blob('application/vnd.oci.image.config.v1+json', {
    ...platform,
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      WorkingDir: '/',
      ...(spec.entrypoint && {Entrypoint: spec.entrypoint}),
      ...(spec.command && {Cmd: spec.command}),
    },
    rootfs: {type: 'layers', diff_ids: spec.layers.map(({digest}) => `sha256:${digest}`)},
  })
  const manifest = blob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: config.descriptor,
    layers: spec.layers.map(({digest, size}) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: `sha256:${digest}`,
      size,
    })),
  })
  const annotations = {
    'io.containerd.image.name': spec.name,
    'org.opencontainers.image.ref.name': spec.name.slice(spec.name.lastIndexOf(':') + 1),
  }
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{...manifest.descriptor, platform, annotations}],
  }
  const layers = await Promise.all(
    (spec.carried ?? spec.layers).map(({digest, file}) => fileEntry(`blobs/sha256/${digest}`, file, 0o644)),
  )
  await writeTar(`${target}.draft`, [
    textEntry('oci-layout', JSON.stringify({imageLayoutVersion: '1.0.0'})),
    textEntry('index.json', JSON.stringify(index)),
    config.entry,
    manifest.entry,
    ...layers,
  ])
  await rename(`${target}.draft`, target)
}

function blob(mediaType: string, value: unknown): {readonly descriptor: object; readonly entry: Entry} {
  const text = JSON.stringify(value)
  const digest = createHash('sha256').update(text).digest('hex')
  return {
    descriptor: {mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text)},
    entry: textEntry(`blobs/sha256/${digest}`, text),
  }
}
