/** What a command says of its line, as oclif's makers and ours leave it. */
export interface Tables {
  readonly args?: Readonly<Record<string, Arg>> | undefined
  readonly flags?: Readonly<Record<string, Flag>> | undefined
  readonly baseFlags?: Readonly<Record<string, Flag>> | undefined
  readonly strict?: boolean | undefined
}

export interface Arg {
  readonly default?: unknown
}

export interface Flag {
  readonly type: 'boolean' | 'option'
  readonly char?: string | undefined
  readonly aliases?: readonly string[] | undefined
  readonly allowNo?: boolean | undefined
  readonly multiple?: boolean | undefined
  readonly required?: boolean | undefined
  readonly default?: unknown
  readonly options?: readonly string[] | undefined
  readonly exclusive?: readonly string[] | undefined
  readonly dependsOn?: readonly string[] | undefined
  parse(value: unknown, context: object, flag: object): Promise<unknown>
}

export type Flags = Readonly<Record<string, Flag>>

/** This line is not plain: oclif knows what it means, or what is wrong with it. */
export class NotPlain extends Error {}
