// Small scanners for the text inside header values: RFC 3261 §25.1.

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Splits at a separator that stands outside quoted strings and angle brackets, and trims the parts.
 * Undefined when a quoted string or a bracket never ends.
 */
export function splitList(text: string, separator: ',' | ';'): string[] | undefined {
  const parts: string[] = []
  let start = 0
  let quoted = false
  let bracketed = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted) {
      if (char === '\\') at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '<') bracketed = true
    else if (char === '>') bracketed = false
    else if (char === separator && !bracketed) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  if (quoted || bracketed) return undefined
  parts.push(text.slice(start).trim())
  return parts
}

/** Reads a quoted string that begins at `start`; gives its text without escapes and the place after it. */
export function readQuoted(text: string, start: number): { text: string; end: number } | undefined {
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]
    if (char === '"') return { text: value, end: at + 1 }
    if (char === '\\') at++
    value += text[at] ?? ''
  }
  return undefined
}

export function unquote(text: string): string {
  return text.startsWith('"') ? (readQuoted(text, 0)?.text ?? text) : text
}

export function quote(text: string): string {
  return `"${text.replace(/[\r\n\0]/g, ' ').replace(/["\\]/g, '\\$&')}"`
}

export type Params = ReadonlyMap<string, string>

/** `a=1;b;c="x"` as a map with names in lower case; a name without value maps to ''. Undefined when malformed. */
export function parseParams(text: string): Params | undefined {
  const params = new Map<string, string>()
  const parts = splitList(text, ';')
  if (parts === undefined) return undefined
  for (const [index, part] of parts.entries()) {
    // One separator too many at the end is common and harmless.
    if (part === '' && index === parts.length - 1) continue
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).trim()
    const value = equals < 0 ? '' : part.slice(equals + 1).trim()
    if (!isToken(name)) return undefined
    if (equals >= 0 && value === '') return undefined
    params.set(name.toLowerCase(), unquote(value))
  }
  return params
}

/** A whole number within the limit, leading zeros allowed; undefined for anything else. */
export function parseWhole(text: string, limit: number): number | undefined {
  if (!/^\d+$/.test(text)) return undefined
  const value = Number(text)
  return value <= limit ? value : undefined
}
