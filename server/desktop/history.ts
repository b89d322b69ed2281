// One channel: its values now, and the last changes for those who come back.

/** What has changed, already as text: it goes to a thousand desktops as it is. */
interface Change {
  readonly version: number
  readonly text: string
}
export interface Flushed {
  /** The message for desktops. */
  readonly text: string
  /** JSON of the values by key, and of the keys that are gone: the same, for other servers. */
  readonly set: string
  readonly remove: string
}
export interface Channel {
  /** Notes what is new; false when nothing is. */
  merge(set: Readonly<Record<string, unknown>>, remove: readonly string[]): boolean
  /** All that was noted since the last time; undefined when it came to nothing. */
  flush(at: number): Flushed | undefined
  /** The changes since a version, or undefined when they are forgotten or were never ours. */
  since(version: number): readonly string[] | undefined
  snapshot(at: number): string
  keys(): readonly string[]
  /** JSON of the values by key, what is not flushed yet included. */
  valuesText(): string
}

/** Together a few seconds of a busy floor; who stays away longer gets a snapshot, which is smaller then. */
const MAX_CHANGES = 300
const MAX_BYTES = 1_000_000

/** Versions belong to a run: a desktop that names another run gets a snapshot. */
export function createChannel(name: string, run: string, firstVersion: number): Channel {
  const values = new Map<string, string>()
  const pending = new Map<string, string | undefined>()
  const changes: Change[] = []
  let bytes = 0
  let version = firstVersion

  const head = (type: string, at: number) =>
    `{"type":"${type}","channel":${JSON.stringify(name)},"version":${version},"at":${at},`
  const object = (entries: Iterable<readonly [string, string | undefined]>) =>
    `{${[...entries].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`

  return {
    merge(set, remove) {
      for (const [key, value] of Object.entries(set)) {
        const text = JSON.stringify(value)
        if (text === undefined || values.get(key) === text) continue
        values.set(key, text)
        pending.set(key, text)
      }
      for (const key of remove) if (values.delete(key)) pending.set(key, undefined)
      return pending.size > 0
    },
    flush(at) {
      if (pending.size === 0) return undefined
      version++
      const set = object([...pending].filter(([, text]) => text !== undefined))
      const remove = JSON.stringify(
        [...pending].flatMap(([key, text]) => (text === undefined ? [key] : [])),
      )
      const text = `${head('change', at)}"set":${set},"remove":${remove}}`
      pending.clear()
      changes.push({ version, text })
      bytes += text.length
      while (changes.length > MAX_CHANGES || (bytes > MAX_BYTES && changes.length > 1)) {
        bytes -= changes.shift()?.text.length ?? 0
      }
      return { text, set, remove }
    },
    since(seen) {
      if (seen === version) return []
      const oldest = changes[0]
      if (!oldest || seen < oldest.version - 1 || seen > version) return undefined
      return changes.filter(change => change.version > seen).map(change => change.text)
    },
    snapshot: at =>
      `${head('snapshot', at)}"run":${JSON.stringify(run)},"values":${object(values)}}`,
    keys: () => [...values.keys()],
    valuesText: () => object(values),
  }
}
