// The little of XML that SSML needs, strictly: elements, attributes, text and the five entities. No comments, declarations or entities of one's own. Pure.
import { SynthesisFailed } from '../errors.ts'

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly (Element | string)[]
  /** Where it begins, in characters from 1; for people who look for the problem. */
  readonly at: number
}

const MAX_DEPTH = 16
const MAX_ELEMENTS = 2000
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}
const TAG =
  /<(?<end>\/)?(?<name>[A-Za-z][\w:.-]*)(?<attributes>(?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<empty>\/)?>/y
const ATTRIBUTE = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

export function wrongMarkup(at: number, problem: string): SynthesisFailed {
  return new SynthesisFailed('wrong-markup', `character ${at}: ${problem}`)
}

/** @throws {SynthesisFailed} `wrong-markup`, with the place. */
export function parseXml(text: string): Element {
  interface Open {
    name: string
    attributes: Record<string, string>
    children: (Element | string)[]
    at: number
  }
  const open: Open[] = []
  let root: Element | undefined
  let elementCount = 0

  const add = (child: Element | string, at: number) => {
    const parent = open.at(-1)
    if (parent) parent.children.push(child)
    else if (typeof child === 'string') {
      if (child.trim() !== '') throw wrongMarkup(at, 'text outside of <speak>')
    } else if (root) throw wrongMarkup(at, 'a second element beside the first')
    else root = child
  }

  for (let index = 0; index < text.length;) {
    const at = index + 1
    if (text[index] !== '<') {
      const next = text.indexOf('<', index)
      const end = next < 0 ? text.length : next
      add(decoded(text.slice(index, end), at), at)
      index = end
      continue
    }
    TAG.lastIndex = index
    const match = TAG.exec(text)
    const { name = '', attributes = '', end, empty } = match?.groups ?? {}
    if (!match || (end && (empty || attributes)))
      throw wrongMarkup(at, 'no proper tag begins with this <')
    index = TAG.lastIndex
    if (end) {
      const closed = open.pop()
      if (closed?.name !== name)
        throw wrongMarkup(
          at,
          closed ? `</${name}> where </${closed.name}> is due` : `</${name}> closes nothing`,
        )
      add(closed, at)
      continue
    }
    elementCount += 1
    if (elementCount > MAX_ELEMENTS) throw wrongMarkup(at, `more than ${MAX_ELEMENTS} elements`)
    const element = { name, attributes: attributesOf(attributes, at), children: [], at }
    if (empty) add(element, at)
    else open.push(element)
    if (open.length > MAX_DEPTH) throw wrongMarkup(at, `deeper than ${MAX_DEPTH} elements`)
  }
  const unclosed = open.at(-1)
  if (unclosed) throw wrongMarkup(unclosed.at, `<${unclosed.name}> is never closed`)
  if (!root) throw wrongMarkup(1, 'no element')
  return root
}

function attributesOf(text: string, at: number): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    if (name in found) throw wrongMarkup(at, `${name} is given twice`)
    found[name] = decoded(double ?? single ?? '', at)
  }
  return found
}

function decoded(text: string, at: number): string {
  return text.replace(/&([^;&\s]*;?)/g, (_, name: string) => {
    const sign = name.endsWith(';') ? ENTITIES[name.slice(0, -1)] : undefined
    if (sign === undefined) throw wrongMarkup(at, `&${name} is no entity here; & is written &amp;`)
    return sign
  })
}

/** Text as it may stand between tags. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, sign => {
    const name = Object.keys(ENTITIES).find(one => ENTITIES[one] === sign)
    return name === undefined ? sign : `&${name};`
  })
