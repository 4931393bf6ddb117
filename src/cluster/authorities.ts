import {getCACertificates, setDefaultCACertificates} from 'node:tls'

/** PEM of whom to trust: the one that is given; else those of the machine, as kubectl does, or Node's where it has none. */
export function authorities(given: string | undefined): string | string[] {
  // Node reads all of its own, some ten milliseconds, before it takes the one that is given, unless it has none.
  setDefaultCACertificates([])
  return given ?? machineAuthorities()
}

/** For libraries, which name nobody. */
export function trustMachine(): void {
  setDefaultCACertificates(machineAuthorities())
}

function machineAuthorities(): string[] {
  const system = getCACertificates('system')
  return [...(system.length > 0 ? system : getCACertificates('bundled')), ...getCACertificates('extra')]
}
