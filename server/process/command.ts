// How a maintenance command ends: a sentence for what went wrong, and an exit code.
import { WrongConfiguration } from '../config.ts'

/** Gives the exit code. */
export async function runCommand(
  say: (line: string) => void,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WrongConfiguration) for (const problem of error.problems) say(problem)
    else say(sentence(error))
    return error instanceof WrongConfiguration ? 2 : 1
  }
}

function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return capital.endsWith('.') ? capital : `${capital}.`
}
