/** What a process that ends with an error of this code exits with: scripts and CI tell failures apart by it. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notAllowed: 4,
  partial: 5,
  timeout: 124,
  interrupted: 130,
  closedPipe: 141,
} as const
export type ExitName = keyof typeof exitCodes

/** Every error that we throw on purpose, and how the process ends for it. docs/errors.md is printed from this table. */
export const errorCodes = {
  ADDRESS_INVALID: 'usage',
  AGENT_ANSWER: 'failed',
  AGENT_MISSING: 'unreachable',
  AGENT_UNREACHABLE: 'unreachable',
  API_ANSWER: 'failed',
  API_CONFLICT: 'failed',
  API_EXPIRED: 'failed',
  API_FORBIDDEN: 'notAllowed',
  API_NOT_FOUND: 'failed',
  API_UNAUTHORIZED: 'notAllowed',
  API_UNREACHABLE: 'unreachable',
  CHANGE_FOREIGN: 'failed',
  CHANGE_NONE: 'usage',
  CHANGE_ROLLED_BACK: 'failed',
  CHANGE_RUNNING: 'failed',
  CHANGE_STOPPED: 'failed',
  CHANGE_TOO_LARGE: 'failed',
  CHANGE_UNVERIFIED: 'failed',
  CNI_REQUEST: 'failed',
  CONFIG_INVALID: 'failed',
  FILE: 'failed',
  FLOW_INVALID: 'usage',
  INTERRUPTED: 'interrupted',
  KUBECONFIG_INVALID: 'usage',
  MACHINE: 'failed',
  MODE_REFUSED: 'usage',
  MODE_UNKNOWN: 'usage',
  NODE_UNKNOWN: 'usage',
  NOT_AVAILABLE: 'failed',
  NOT_CONFIRMED: 'usage',
  OPENFLOW: 'failed',
  OVSDB: 'failed',
  PARTIAL: 'partial',
  POD_UNKNOWN: 'usage',
  PLAN_INVALID: 'usage',
  PLAN_OUTDATED: 'failed',
  PODS_EXHAUSTED: 'failed',
  PREFLIGHT_FAILED: 'failed',
  TIMEOUT: 'timeout',
  TRACE_UNREADABLE: 'failed',
  UNHEALTHY: 'failed',
  USAGE: 'usage',
} as const satisfies Record<string, ExitName>
export type ErrorCode = keyof typeof errorCodes
export const errorCodeNames = Object.keys(errorCodes).filter(isErrorCode)

export interface ErrorDetails {
  /** Commands or actions that mend it, the likeliest first. */
  readonly remedy?: readonly string[]
  readonly cause?: unknown
}

/** An error that a person can act on: a code for scripts, one sentence, and what to do next. */
export class AntctlError extends Error {
  override readonly name = 'AntctlError'
  readonly code: ErrorCode
  readonly remedy: readonly string[]

  constructor(code: ErrorCode, sentence: string, details: ErrorDetails = {}) {
    super(sentence, {cause: details.cause})
    this.code = code
    this.remedy = details.remedy ?? []
  }

  get exitCode(): number {
    return exitCodes[errorCodes[this.code]]
  }
}

/** The sentence of whatever was thrown, on one line. */
export function sentenceOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.replaceAll(/\s+/gu, ' ').trim()
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(errorCodes, name)
}
