import {join} from 'node:path'
import {execa} from 'execa'
import * as v from 'valibot'
import {kubeconfigPath} from '../../lab/lab.ts'
import {connect} from '../../src/cluster/connect.ts'
import {watchCollection} from '../../src/cluster/watch.ts'

const record = v.object({
  metadata: v.object({name: v.string()}),
  data: v.optional(v.record(v.string(), v.string()), {}),
})
const path = `/api/v1/namespaces/kube-system/configmaps?fieldSelector=${encodeURIComponent('metadata.name=antctl-change')}`

/** A run of `antctl set-mode` that is killed as soon as the API server has its nth journal; without a number none is. The answer: how many it wrote. */
export async function killedAtWrite(nth: number | undefined, ...args: readonly string[]): Promise<number> {
  await using cluster = await connect({kubeconfig: kubeconfigPath})
  const controller = new AbortController()
  const looking = Promise.withResolvers<void>()
  const kill = new AbortController()
  let last: string | undefined
  let writes = -1
  const watching = watchCollection(
    cluster.api,
    {
      path,
      translate: (object) => {
        const {metadata, data} = v.parse(record, object)
        return {key: metadata.name, value: data['journal.json'] ?? ''}
      },
    },
    {
      signal: controller.signal,
      onChange: (items) => {
        const [journal = ''] = items.values()
        if (writes < 0 || journal !== last) writes += 1
        last = journal
        looking.resolve()
        if (writes === nth) kill.abort()
      },
    },
  )
  await looking.promise
  await execa(
    join(import.meta.dirname, '..', '..', 'bin', 'antctl'),
    ['set-mode', ...args, '--yes', '--no-preflight'],
    {
      env: {KUBECONFIG: kubeconfigPath, NO_COLOR: '1'},
      stdin: 'ignore',
      reject: false,
      cancelSignal: kill.signal,
      forceKillAfterDelay: false,
      killSignal: 'SIGKILL',
    },
  )
  controller.abort()
  await watching
  return writes
}
