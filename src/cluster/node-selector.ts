import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import type {ApiServer, CallOptions} from './api.ts'

const nodeSchema = v.object({metadata: v.object({name: v.string()})})

/** The Nodes with these labels, as kubectl's --selector chooses them. */
export async function nodesWithLabels(
  api: ApiServer,
  selector: string,
  options?: CallOptions,
): Promise<readonly string[]> {
  try {
    const {items} = await api.list(`/api/v1/nodes?labelSelector=${encodeURIComponent(selector)}`, options)
    const found = items.flatMap((item) => {
      const node = v.safeParse(nodeSchema, item)
      return node.success ? [node.output.metadata.name] : []
    })
    if (found.length > 0) return found
  } catch (error) {
    // 400: the API server has read the selector, and said what is wrong with it.
    if (error instanceof AntctlError && error.code === 'API_ANSWER') throw new AntctlError('USAGE', error.message)
    throw error
  }
  throw new AntctlError('NODE_UNKNOWN', `no Node has the labels ${JSON.stringify(selector)}`, {
    remedy: ['kubectl get nodes --show-labels'],
  })
}
