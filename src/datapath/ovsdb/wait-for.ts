import {AntctlError} from '../../model/errors.ts'
import type {Ovsdb} from './connection.ts'

export interface Wish<T> {
  readonly what: string
  readonly milliseconds: number
  /** undefined: not yet. */
  look(): T | undefined
}

/** Looks now and after each change; OVSDB when the time is over or the connection is lost. */
export async function waitFor<T>(ovsdb: Ovsdb, {what, look, milliseconds}: Wish<T>): Promise<T> {
  const now = look()
  if (now !== undefined) return now
  const trouble = ovsdb.trouble()
  if (trouble !== undefined) throw trouble
  const {promise, resolve, reject} = Promise.withResolvers<T>()
  const late = new AntctlError('OVSDB', `${what} did not happen within ${milliseconds / 1000} s`, {
    remedy: ['is ovs-vswitchd running?'],
  })
  const timer = setTimeout(() => reject(late), milliseconds)
  const forgetChange = ovsdb.onChange(() => {
    try {
      const found = look()
      if (found !== undefined) resolve(found)
    } catch (error) {
      reject(error)
    }
  })
  const forgetClose = ovsdb.onClose((reason) =>
    reject(reason ?? new AntctlError('OVSDB', `closed while waiting for ${what}`)),
  )
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    forgetChange()
    forgetClose()
  }
}
