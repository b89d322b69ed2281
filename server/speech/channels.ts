// Channels of recognition (W-CAP-1): who has one, who waits. Pure. A flow's caller can press keys and is never kept waiting; a talk
// takes a channel for each side or none, in the order in which talks began.

export interface TalkPlace {
  readonly id: string
  /** Epoch ms. */
  readonly beganAt: number
  readonly channels: number
  readonly isSeated: boolean
}
export interface Channels {
  readonly limit: number
  readonly flows: number
  readonly talks: readonly TalkPlace[]
}
export const noChannels = (limit: number): Channels => ({ limit, flows: 0, talks: [] })

export const usedOf = ({ flows, talks }: Channels): number =>
  flows + talks.reduce((sum, talk) => sum + (talk.isSeated ? talk.channels : 0), 0)

/** Channels that talks ask for and do not have. */
export const waitingOf = ({ talks }: Channels): number =>
  talks.reduce((sum, talk) => sum + (talk.isSeated ? 0 : talk.channels), 0)

/** Undefined: all are in use. */
export const takeForFlow = (channels: Channels): Channels | undefined =>
  usedOf(channels) < channels.limit ? { ...channels, flows: channels.flows + 1 } : undefined

export const giveBack = (channels: Channels): Channels => ({
  ...channels,
  flows: Math.max(0, channels.flows - 1),
})

export const join = (channels: Channels, talk: Omit<TalkPlace, 'isSeated'>): Channels => ({
  ...channels,
  talks: [...channels.talks, { ...talk, isSeated: false }].sort((a, b) => a.beganAt - b.beganAt),
})

export const leave = (channels: Channels, id: string): Channels => ({
  ...channels,
  talks: channels.talks.filter(talk => talk.id !== id),
})

/** Seats those whose turn it is; the first who finds no room keeps those behind waiting. */
export function seat(channels: Channels): {
  readonly channels: Channels
  readonly seated: readonly string[]
} {
  let free = channels.limit - usedOf(channels)
  const seated = new Set<string>()
  for (const talk of channels.talks) {
    if (talk.isSeated) continue
    if (talk.channels > free) break
    free -= talk.channels
    seated.add(talk.id)
  }
  const talks = channels.talks.map(talk =>
    seated.has(talk.id) ? { ...talk, isSeated: true } : talk,
  )
  return { channels: { ...channels, talks }, seated: [...seated] }
}
