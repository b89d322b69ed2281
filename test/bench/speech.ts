// Speech: each part is a file of `speech/` and gives figures of its own; all of them run unless some are named.
import { readdirSync } from 'node:fs'

interface Part {
  /** Undefined where what it needs is not there; it has said so then. */
  run(rest: readonly string[]): Promise<Record<string, unknown> | undefined>
}

const folder = new URL('speech/', import.meta.url)

export async function run(wanted: readonly string[]): Promise<Record<string, unknown>> {
  const names = readdirSync(folder)
    .filter(file => file.endsWith('.ts'))
    .map(file => file.slice(0, -3))
    .sort()
  const asked = wanted.filter(word => !word.startsWith('-'))
  const unknown = asked.filter(name => !names.includes(name))
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: no such part; there are ${names.join(', ')}`)
  const figures: Record<string, unknown> = {}
  for (const name of asked.length > 0 ? names.filter(one => asked.includes(one)) : names) {
    console.log(`\n${name}`)
    const part: Part = await import(new URL(`${name}.ts`, folder).href)
    figures[name] = (await part.run(wanted)) ?? 'not run'
  }
  return figures
}
