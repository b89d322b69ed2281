// The ways that lead out of a node: what makes a flow a graph.
import type { Node } from './node.ts'

export interface Way {
  /** The field that names the next node. */
  readonly from: string
  readonly to: string
  /** True when a caller who presses nothing can go this way. */
  readonly silent: boolean
}

/** Every way out of a node, in the order of its fields. */
export function waysOf(node: Node): Way[] {
  switch (node.kind) {
    case 'answer':
    case 'say':
    case 'play':
    case 'callback':
    case 'rate':
      return [silent('next', node.next)]
    case 'menu':
      return [...choices(node.choices), silent('otherwise', node.otherwise)]
    case 'gather':
      return [pressed('next', node.next), silent('otherwise', node.otherwise)]
    case 'intent':
      return [
        ...node.intents.map((one, index) => pressed(`intents.${index}.next`, one.next)),
        ...choices(node.choices),
        ...optional('failed', node.failed, silent),
        silent('otherwise', node.otherwise),
      ]
    case 'listen':
      return [
        pressed('next', node.next),
        ...optional('failed', node.failed, silent),
        silent('otherwise', node.otherwise),
      ]
    case 'hours':
      return [
        silent('open', node.open),
        silent('closed', node.closed),
        ...optional('holiday', node.holiday, silent),
      ]
    case 'branch':
      return [
        ...node.cases.map((one, index) => silent(`cases.${index}.next`, one.next)),
        silent('otherwise', node.otherwise),
      ]
    // Someone else decides when the caller comes back from these, so waiting there is not a loop of ours.
    case 'queue':
      return [
        ...optional('full', node.full, pressed),
        ...optional('timedOut', node.timedOut, pressed),
        ...optional('noAgents', node.noAgents, pressed),
        ...optional('askedForMessage', node.askedForMessage, pressed),
        ...optional('askedForCallback', node.askedForCallback, pressed),
        ...optional('afterTalk', node.afterTalk, pressed),
        pressed('otherwise', node.otherwise),
      ]
    case 'transfer':
      return [pressed('otherwise', node.otherwise)]
    case 'voicemail':
      return [silent('next', node.next), ...optional('otherwise', node.otherwise, silent)]
    case 'hangup':
      return []
  }
}

const silent = (from: string, to: string): Way => ({ from, to, silent: true })
const pressed = (from: string, to: string): Way => ({ from, to, silent: false })
const optional = (
  from: string,
  to: string | undefined,
  way: (from: string, to: string) => Way,
): Way[] => (to === undefined ? [] : [way(from, to)])
const choices = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([digit, to]) => pressed(`choices.${digit}`, to))
