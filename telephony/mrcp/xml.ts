// Reads the small XML that recognisers send: elements, attributes, text. Strict, since it comes from outside: what a result never
// needs (DOCTYPE, entities of its own, processing instructions) and what is not well formed is refused. Pure.

export interface Element {
  /** Without a prefix. */
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly (Element | string)[]
}

/** A result has a few hundred characters. */
const MOST_CHARACTERS = 64 * 1024
const DEEPEST = 16
const MOST_ELEMENTS = 1000

const DECLARATION = /^\uFEFF?\s*(?:<\?xml\s[^<>?]*\?>)?\s*/
/** A `>` inside an attribute is refused as well: no result needs one. */
const TAG = /^<(\/?)([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)([^<>]*)>/
const ATTRIBUTE = /^\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/
const COMMENT = /^<!--(?:(?!--)[\s\S])*-->/
const CDATA = /^<!\[CDATA\[([\s\S]*?)\]\]>/
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

interface Open {
  readonly qualified: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: (Element | string)[]
}

/** Undefined where it is not one well-formed element, or holds what is refused. */
export function readXml(text: string): Element | undefined {
  if (text.length > MOST_CHARACTERS) return undefined
  let rest = text.replace(DECLARATION, '').trimEnd()
  const open: Open[] = []
  let root: Element | undefined
  let count = 0
  while (rest !== '') {
    const taken = take(rest)
    if (taken === undefined) return undefined
    rest = rest.slice(taken.length)
    const parent = open.at(-1)
    if (taken.type === 'nothing') continue
    if (taken.type === 'text') {
      if (parent) parent.children.push(taken.text)
      else if (taken.text.trim() !== '') return undefined
      continue
    }
    if (root !== undefined) return undefined
    if (taken.type === 'begin') {
      if (++count > MOST_ELEMENTS || open.length >= DEEPEST) return undefined
      open.push({ qualified: taken.name, attributes: taken.attributes, children: [] })
      if (!taken.isEmpty) continue
    } else if (parent?.qualified !== taken.name) return undefined
    const done = open.pop()
    if (done === undefined) return undefined
    const element = {
      name: done.qualified.replace(/^.*:/, ''),
      attributes: done.attributes,
      children: done.children,
    }
    const above = open.at(-1)
    if (above) above.children.push(element)
    else root = element
  }

  return open.length === 0 ? root : undefined
}

type Taken = { readonly length: number } & (
  | { readonly type: 'nothing' }
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'begin'
      readonly name: string
      readonly attributes: ReadonlyMap<string, string>
      readonly isEmpty: boolean
    }
  | { readonly type: 'end'; readonly name: string }
)

function take(rest: string): Taken | undefined {
  if (!rest.startsWith('<')) {
    const end = rest.indexOf('<')
    const raw = end < 0 ? rest : rest.slice(0, end)
    const text = decode(raw)

    return text === undefined ? undefined : { type: 'text', text, length: raw.length }
  }
  const comment = COMMENT.exec(rest)
  if (comment) return { type: 'nothing', length: comment[0].length }
  const data = CDATA.exec(rest)
  if (data) return { type: 'text', text: data[1] ?? '', length: data[0].length }
  const tag = TAG.exec(rest)
  if (!tag) return undefined
  const [{ length }, isEnd, name = '', inside = ''] = tag
  if (isEnd === '/') return inside.trim() === '' ? { type: 'end', name, length } : undefined
  const isEmpty = inside.endsWith('/')
  const attributes = readAttributes(isEmpty ? inside.slice(0, -1) : inside)

  return attributes && { type: 'begin', name, attributes, isEmpty, length }
}

function readAttributes(inside: string): ReadonlyMap<string, string> | undefined {
  const attributes = new Map<string, string>()
  let rest = inside.trimEnd()
  while (rest !== '') {
    const found = ATTRIBUTE.exec(rest)
    const [whole = '', name = '', double, single] = found ?? []
    const value = decode(double ?? single ?? '')
    if (!found || value === undefined || attributes.has(name)) return undefined
    attributes.set(name, value)
    rest = rest.slice(whole.length)
  }

  return attributes
}

/** Characters that XML 1.0 §2.2 knows; its five entities and numbers of characters. */
function decode(raw: string): string | undefined {
  let isRight = true
  const text = raw.replaceAll(/&([^;&\s]{0,12});?/g, (whole, inner: string) => {
    const value = whole.endsWith(';') ? entity(inner) : undefined
    isRight &&= value !== undefined

    return value ?? ''
  })

  return isRight && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)
    ? text
    : undefined
}

const entity = (inner: string): string | undefined => {
  if (Object.hasOwn(NAMED, inner)) return NAMED[inner]
  const [, hex, decimal] = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(inner) ?? []
  if (hex === undefined && decimal === undefined) return undefined
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const isCharacter = code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0x10ffff)

  return isCharacter && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : undefined
}
