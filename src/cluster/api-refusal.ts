import * as v from 'valibot'
import {AntctlError, type ErrorCode} from '../model/errors.ts'

/** metav1.Status, as the API server answers every refused request. */
const statusSchema = v.object({message: v.optional(v.string()), reason: v.optional(v.string())})

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'API_UNAUTHORIZED',
  403: 'API_FORBIDDEN',
  404: 'API_NOT_FOUND',
  409: 'API_CONFLICT',
  410: 'API_EXPIRED',
  429: 'API_UNREACHABLE',
  503: 'API_UNREACHABLE',
}

/** An HTTP status of 300 or more with its body → the error to throw. */
export function refusal(
  status: number,
  body: string,
  asked: {readonly method: string; readonly path: string},
): AntctlError {
  const said = messageOf(body) ?? `HTTP ${status}`
  const path = asked.path.split('?')[0]
  return new AntctlError(codes[status] ?? 'API_ANSWER', `${asked.method} ${path}: ${said}`, {
    remedy: remedies[status] ?? [],
  })
}

const remedies: Readonly<Record<number, readonly string[]>> = {
  401: ['check the credentials of the kubeconfig: kubectl auth whoami'],
  403: ['ask for the rights of the Role antctl-user: kubectl auth can-i --list'],
}

function messageOf(body: string): string | undefined {
  try {
    const status = v.safeParse(statusSchema, JSON.parse(body))
    return status.success ? status.output.message : undefined
  } catch {
    const text = body.trim().slice(0, 200)
    return text === '' ? undefined : text
  }
}
