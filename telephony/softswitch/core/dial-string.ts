// Dial strings of originate and bridge: `{a=b,c=d}user/1001`, `{…}sofia/gateway/<trunk>/<number>` and
// `{…}sofia/<profile>/<user>@<host>[:port][;transport=tcp]`.

export type DialTarget =
  | { readonly type: 'user'; readonly user: string }
  | { readonly type: 'gateway'; readonly gateway: string; readonly user: string }
  | {
      readonly type: 'address'
      readonly user: string
      readonly host: string
      readonly port: number
      readonly transport: 'udp' | 'tcp'
    }

export interface DialString {
  readonly variables: ReadonlyMap<string, string>
  readonly targets: readonly DialTarget[]
}

/** Splits at a delimiter outside single quotes, brackets and backslashes; quotes and backslashes go. */
export function splitOutside(text: string, delimiter: string): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (c === '\\' && i + 1 < text.length && (text[i + 1] === delimiter || text[i + 1] === "'"))
      part += text[++i] ?? ''
    else if (c === "'") quoted = !quoted
    else if (c === delimiter && !quoted && depth === 0) {
      parts.push(part)
      part = ''
    } else {
      if (!quoted && (c === '{' || c === '[' || c === '<')) depth++
      if (!quoted && (c === '}' || c === ']' || c === '>')) depth = Math.max(0, depth - 1)
      part += c
    }
  }
  return [...parts, part]
}

/** Words of an API command line: single quotes and `{…}` hold a word together. */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let word = ''
  let quoted = false
  let depth = 0
  for (const c of text) {
    if (c === "'") quoted = !quoted
    if (!quoted && c === '{') depth++
    if (!quoted && c === '}') depth = Math.max(0, depth - 1)
    if (c === ' ' && !quoted && depth === 0) {
      if (word !== '') words.push(word)
      word = ''
    } else word += c
  }
  if (word !== '') words.push(word)
  // A word that is quoted as a whole loses its quotes; inner ones belong to the variables.
  return words.map(each => (/^'[^']*'$/.test(each) ? each.slice(1, -1) : each))
}

export function parseVariables(text: string): Map<string, string> {
  const custom = /^\^\^(.)/.exec(text)
  const parts = splitOutside(custom === null ? text : text.slice(3), custom?.[1] ?? ',')
  const variables = new Map<string, string>()
  for (const part of parts) {
    const at = part.indexOf('=')
    if (at > 0) variables.set(part.slice(0, at).trim(), part.slice(at + 1))
  }
  return variables
}

function parseTarget(text: string): DialTarget | undefined {
  const user = /^user\/([^@/;\s]+)(?:@\S*)?$/.exec(text)?.[1]
  if (user !== undefined) return { type: 'user', user }
  const [, gateway, number] = /^sofia\/gateway\/([\w.-]+)\/([^@/;\s]+)$/.exec(text) ?? []
  if (gateway !== undefined && number !== undefined)
    return { type: 'gateway', gateway, user: number }
  const match =
    /^sofia\/[^/]+\/(?:sips?:)?([^@\s]+)@([^@:;\s]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?((?:;[^;\s]+)*)$/i.exec(
      text,
    )
  if (match === null) return undefined
  const [, called = '', host = '', port = '5060', parameters = ''] = match
  if (Number(port) < 1 || Number(port) > 65535) return undefined
  const transport = /;transport=tcp/i.test(parameters) ? 'tcp' : 'udp'
  return {
    type: 'address',
    user: called,
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    transport,
  }
}

/** Undefined when any part of it is no destination we know. */
export function parseDialString(text: string): DialString | undefined {
  const match = /^\s*(?:<[^>]*>)?(?:\{([\s\S]*?)\})?([^{}]*)$/.exec(text)
  if (match === null) return undefined
  const variables = parseVariables(match[1] ?? '')
  const targets: DialTarget[] = []
  for (const each of (match[2] ?? '').split(/,|\||:_:/)) {
    const local = /^\s*\[([^\]]*)\]/.exec(each)
    for (const [name, value] of parseVariables(local?.[1] ?? '')) variables.set(name, value)
    const target = parseTarget(each.slice(local?.[0].length ?? 0).trim())
    if (target === undefined) return undefined
    targets.push(target)
  }
  return { variables, targets }
}
