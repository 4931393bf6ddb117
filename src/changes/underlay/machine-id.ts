/**
 * What a cloud calls a machine, read from spec.providerID; undefined for what it does not write so. Whoever may write a
 * Node may write anything there, and commands are copied to a shell: only plain words pass.
 */
export function awsInstance(
  providerId: string | undefined,
): {readonly region: string; readonly instance: string} | undefined {
  const [, region, instance] =
    /^aws:\/\/\/([a-z]{2}(?:-[a-z]+){1,3}-\d)[a-z0-9-]{0,40}\/(i-[0-9a-f]{8,17})$/u.exec(providerId ?? '') ?? []
  return region === undefined || instance === undefined ? undefined : {region, instance}
}

export function gceInstance(
  providerId: string | undefined,
): {readonly project: string; readonly zone: string; readonly instance: string} | undefined {
  const [, project, zone, instance] =
    /^gce:\/\/([a-z0-9][a-z0-9.:-]{0,100})\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,63})$/u.exec(providerId ?? '') ?? []
  return project === undefined || zone === undefined || instance === undefined ? undefined : {project, zone, instance}
}

export type AzureMachine =
  | {readonly group: string; readonly machine: string}
  | {readonly group: string; readonly scaleSet: string; readonly number: string}

export function azureMachine(providerId: string | undefined): AzureMachine | undefined {
  const [, group, rest = ''] =
    /^azure:\/\/\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/([\w.-]{1,90})\/providers\/Microsoft\.Compute\/(.{1,200})$/iu.exec(
      providerId ?? '',
    ) ?? []
  if (group === undefined) return undefined
  const [, machine] = /^virtualMachines\/([\w.-]+)$/iu.exec(rest) ?? []
  if (machine !== undefined) return {group, machine}
  const [, scaleSet, number] = /^virtualMachineScaleSets\/([\w.-]+)\/virtualMachines\/(\d+)$/iu.exec(rest) ?? []
  return scaleSet === undefined || number === undefined ? undefined : {group, scaleSet, number}
}
