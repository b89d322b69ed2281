// The floor as desktops see it, carried from the server that steers to those that follow. Each message is numbered within its
// term; a number that is missing, or a term that is new, has the follower ask for the whole.
import { z } from 'zod'

/** Changes of one channel, as the hub gave them to its own desktops. */
export interface ChannelChange {
  readonly channel: string
  readonly set: Readonly<Record<string, unknown>>
  readonly remove: readonly string[]
}
export const messageSchema = z.object({
  epoch: z.number(),
  /** Rises by one with each change of the term; without a change: the number of the newest. */
  number: z.number().int(),
  change: z
    .object({
      channel: z.string(),
      set: z.record(z.string(), z.unknown()),
      remove: z.array(z.string()),
    })
    .optional(),
})
export type MirrorMessage = z.infer<typeof messageSchema>
export const wholeSchema = z.object({
  epoch: z.number(),
  number: z.number().int(),
  channels: z.record(z.string(), z.record(z.string(), z.unknown())),
})
export type Whole = z.infer<typeof wholeSchema>

/** What a follower knows of the term it mirrors. */
export interface Mirror {
  readonly epoch: number
  /** Newest change shown; -1 before the first whole. */
  readonly number: number
  /** Came after what is missing; shown when the whole is there. */
  readonly early: readonly MirrorMessage[]
  readonly state: 'whole' | 'asking'
}
export const NO_MIRROR: Mirror = { epoch: 0, number: -1, early: [], state: 'asking' }

export interface Reflected {
  readonly mirror: Mirror
  /** To be shown now, in this order. */
  readonly show: readonly ChannelChange[]
  /** The whole must be asked for. */
  readonly ask: boolean
}

/** A follower waiting this long for the whole is better served by the next one. */
const MOST_EARLY = 5000

/** A message has come: late ones mean nothing, early ones wait. Pure. */
export function reflect(mirror: Mirror, message: MirrorMessage): Reflected {
  if (message.epoch < mirror.epoch) return { mirror, show: [], ask: false }
  if (message.epoch > mirror.epoch)
    return {
      mirror: {
        epoch: message.epoch,
        number: -1,
        early: message.change ? [message] : [],
        state: 'asking',
      },
      show: [],
      ask: true,
    }
  if (mirror.state === 'asking') {
    if (!message.change) return { mirror, show: [], ask: false }
    const early = [...mirror.early, message].slice(-MOST_EARLY)
    return { mirror: { ...mirror, early }, show: [], ask: false }
  }
  if (!message.change)
    return message.number > mirror.number
      ? { mirror: { ...mirror, state: 'asking' }, show: [], ask: true }
      : { mirror, show: [], ask: false }
  if (message.number <= mirror.number) return { mirror, show: [], ask: false }
  if (message.number > mirror.number + 1)
    return { mirror: { ...mirror, early: [message], state: 'asking' }, show: [], ask: true }
  return { mirror: { ...mirror, number: message.number }, show: [message.change], ask: false }
}

/** The whole has come: early messages that follow on it are shown, a hole among them asks again. Pure. */
export function complete(mirror: Mirror, whole: Whole): Reflected & { readonly isShown: boolean } {
  if (whole.epoch < mirror.epoch) return { mirror, show: [], ask: false, isShown: false }
  let next: Mirror = { epoch: whole.epoch, number: whole.number, early: [], state: 'whole' }
  const show: ChannelChange[] = []
  const early = whole.epoch === mirror.epoch ? mirror.early : []
  for (const message of [...early].sort((a, b) => a.number - b.number)) {
    const reflected = reflect(next, message)
    next = reflected.mirror
    show.push(...reflected.show)
    if (reflected.ask) return { mirror: next, show, ask: true, isShown: true }
  }
  return { mirror: next, show, ask: false, isShown: true }
}
