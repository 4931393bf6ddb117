import {expect, test} from 'vitest'
import {type KubernetesObject, withLabObjects} from '../lab/deploy.ts'

const object = (kind: string, name: string, data: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {name, namespace: 'kube-system'},
  data,
})

test('the lab replaces objects of the same kind and name, in place, and adds its own', () => {
  const ours = [object('ConfigMap', 'antrea-config', 'lab'), object('Secret', 'extra', 'lab')]
  const objects = [object('ConfigMap', 'antrea-config', 'user'), object('Service', 'antrea-config', 'user')]
  expect(withLabObjects(objects, ours).map(({kind, data}) => `${kind} ${String(data)}`)).toEqual([
    'ConfigMap lab',
    'Service user',
    'Secret lab',
  ])
})
