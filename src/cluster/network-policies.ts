import * as v from 'valibot'
import type {ApiServer} from './api.ts'

/** Is there at least one NetworkPolicy in the cluster? */
export async function hasNetworkPolicies(api: ApiServer): Promise<boolean> {
  const page = await api.get('/apis/networking.k8s.io/v1/networkpolicies?limit=1')
  return v.parse(v.object({items: v.nullish(v.array(v.unknown()), [])}), page).items.length > 0
}
