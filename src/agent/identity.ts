import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'

export const version = '0.1.0'

/** Who this process is in the cluster: the DaemonSet gives it by the downward API. */
export interface Identity {
  readonly node: string
  readonly pod: {readonly kind: 'Pod'; readonly namespace: string; readonly name: string; readonly uid?: string}
}

export function readIdentity(environment: NodeJS.ProcessEnv): Identity {
  const {NODE_NAME: node, POD_NAME: name = '', POD_NAMESPACE: namespace = names.namespace, POD_UID: uid} = environment
  if (node === undefined || node === '') {
    throw new AntctlError('USAGE', 'NODE_NAME is not set', {remedy: ['start the agent by deploy/antrea.yml']})
  }
  return {node, pod: {kind: 'Pod', namespace, name, ...(uid !== undefined && {uid})}}
}

/** Folders of the Node as the DaemonSet mounts them. */
export const places = {
  ovsRunDir: '/var/run/openvswitch',
  cniConfig: '/host/etc/cni/net.d',
  cniPrograms: '/host/opt/cni/bin',
  /** Of the image: what goes to the Node. */
  cniShipped: '/opt/antrea/cni',
  mountedConfig: '/etc/antrea/antrea-agent.conf',
  /** What the API server said last. */
  checkpoint: '/var/run/antrea/inputs.json',
  /** deploy/antrea.yml tells Node of it. */
  compileCache: '/var/run/antrea/compile-cache',
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
} as const
