// What a recogniser has understood: NLSML as RFC 6787 §6.3.1 and §9.6.3 have it. Pure.
import type { DetectionOutcome, SpokenGrammar } from '../call/detection.ts'
import { completionOf } from './completion.ts'
import { digitsIn, spoken, tagOf } from './srgs.ts'
import { type Element, readXml } from './xml.ts'

const LONGEST_TEXT = 2000
const nonsense = (detail: string): DetectionOutcome => ({
  type: 'failed',
  fault: 'nonsense',
  detail,
})

/** `code` is the Completion-Cause; mod_unimrcp sends `Completion-Cause: 002` in place of a body that is empty. */
export function readResult(
  body: string,
  code: number | undefined,
  grammar: SpokenGrammar,
): DetectionOutcome {
  const [, told] = /^\s*Completion-Cause:\s*(\d{3})\s*$/.exec(body) ?? []
  const number = code ?? (told === undefined ? 0 : Number(told))
  const cause = completionOf(number)
  if (cause === undefined) return nonsense(`unknown completion cause ${number}`)
  const { means, name } = cause
  switch (means.type) {
    case 'failed':
      return { type: 'failed', fault: means.fault, detail: name }
    case 'no-match':
    case 'no-input':
      return means
    case 'result':
      return told === undefined ? readNlsml(body, grammar) : nonsense('success without a result')
  }
}

function readNlsml(body: string, grammar: SpokenGrammar): DetectionOutcome {
  const root = readXml(body)
  if (root?.name !== 'result') return nonsense('no NLSML')
  const [best] = elements(root, 'interpretation')
    .map((interpretation, index) => ({ interpretation, index, sure: confidenceOf(interpretation) }))
    .sort((a, b) => (b.sure ?? 0) - (a.sure ?? 0) || a.index - b.index)
  if (!best) return { type: 'no-match' }
  const { interpretation, sure } = best
  const [input] = elements(interpretation, 'input')
  // RFC 6787 §9.6.3.4: these stand where words would.
  if (input && elements(input, 'nomatch').length > 0) return { type: 'no-match' }
  if (input && elements(input, 'noinput').length > 0) return { type: 'no-input' }
  const [instance] = elements(interpretation, 'instance')
  const meaning = instance && meaningOf(instance)
  const text = (input && textOf(input)) || meaning || ''
  if (text === '') return { type: 'no-match' }

  return {
    ...understood(text.slice(0, LONGEST_TEXT), meaning, grammar),
    ...(sure !== undefined && { confidence: sure }),
  }
}

function understood(text: string, meaning: string | undefined, grammar: SpokenGrammar) {
  if (grammar.kind === 'named') return { type: 'understood', text } as const
  const said = spoken(text)
  // Some recognisers give the words again and not the tag.
  const phrase =
    grammar.phrases.find((_, index) => meaning === tagOf(index)) ??
    grammar.phrases.find(({ texts }) => texts.some(way => spoken(way) === said))
  const digits = !phrase && grammar.digits ? digitsIn(text) : undefined
  if (digits !== undefined) return { type: 'understood', text: digits } as const
  const words = meaning !== undefined && said === spoken(meaning) ? phrase?.texts[0] : undefined

  return {
    type: 'understood',
    text: words ?? text,
    ...(phrase && { phrase: phrase.id }),
  } as const
}

const elements = (parent: Element, name: string): Element[] =>
  parent.children.filter(
    (child): child is Element => typeof child !== 'string' && child.name === name,
  )

/** All words below, without those that only stand for their absence. */
const textOf = (element: Element): string =>
  element.children
    .map(child => (typeof child === 'string' ? child : textOf(child)))
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The instance is the tag's text, or an element that holds it: `SWI_meaning` with one vendor, `out` or any name with others. */
const meaningOf = (instance: Element): string | undefined => {
  const [named] = elements(instance, 'SWI_meaning')
  const text = textOf(named ?? instance)

  return text === '' ? undefined : text
}

/** 0.0–1.0 in MRCPv2; servers that come from MRCPv1 say 0–100. */
const confidenceOf = (interpretation: Element): number | undefined => {
  const value = Number(interpretation.attributes.get('confidence') ?? Number.NaN)
  if (!Number.isFinite(value) || value < 0 || value > 100) return undefined

  return value > 1 ? value / 100 : value
}
