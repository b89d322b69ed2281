// What all API commands share: their shape and their common answers.

/** Resolves with what the command prints; it never throws on bad input. */
export type Command = (argument: string) => string | Promise<string>
export type Commands = Readonly<Record<string, Command>>

export interface Api {
  /** Undefined when there is no such command. */
  run(command: string, argument: string): Promise<string | undefined>
}

export const NO_CHANNEL = '-ERR No such channel!\n'
export const usage = (syntax: string): string => `-USAGE: ${syntax}\n`
