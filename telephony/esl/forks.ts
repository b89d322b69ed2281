// An agent with several phones: FreeSWITCH makes a channel for each, and gives only the first the id we chose (a second one with
// `origination_uuid` fails as "Duplicate UUID"). So such a leg is rung without it, and here the channel that answers takes the leg's name:
// in events on their way in, in commands on their way out. All else knows the leg alone.
import type { EslCommand } from './command.ts'
import type { EslEvent } from './event.ts'
import { filled } from './headers.ts'
import type { PhoneCount } from './phone-count.ts'

export interface Forks {
  send(command: EslCommand): Promise<string>
  /** The event in the leg's name; none, or more than one, where phones still ring. */
  hear(event: EslEvent): EslEvent[]
}

interface Fork {
  readonly leg: string
  /** Channels that live. */
  readonly channels: Set<string>
  winner?: string
  hasRung: boolean
  /** How phones that did not win ended. */
  readonly ends: EslEvent[]
  /** The switch gave up, for this cause. */
  failedFor?: string
  endedAt?: number
}

const LEG = 'variable_hotline_leg'
/** Late words of a channel that ended are still the leg's. */
const REMEMBER_MS = 60_000
const AGENT = /\}user\/([\w.-]+) /

export interface ForksDeps {
  readonly send: (command: EslCommand) => Promise<string>
  readonly phones: PhoneCount
  readonly now: () => number
}

export function createForks({ send, phones, now }: ForksDeps): Forks {
  const byLeg = new Map<string, Fork>()
  const byChannel = new Map<string, Fork>()

  const forget = () => {
    for (const [leg, { endedAt, channels }] of byLeg) {
      if (endedAt === undefined || now() - endedAt < REMEMBER_MS) continue
      byLeg.delete(leg)
      for (const channel of channels) byChannel.delete(channel)
      for (const [channel, fork] of byChannel) if (fork.leg === leg) byChannel.delete(channel)
    }
  }
  const begin = (leg: string): Fork => {
    forget()
    const fork: Fork = { leg, channels: new Set(), hasRung: false, ends: [] }
    byLeg.set(leg, fork)

    return fork
  }
  const toLegs = (text: string) => {
    let named = text
    for (const [channel, { leg }] of byChannel)
      if (named.includes(channel)) named = named.replaceAll(channel, leg)

    return named
  }
  const toChannels = (text: string) => {
    let named = text
    for (const { leg, winner, channels } of byLeg.values()) {
      const channel = winner ?? [...channels][0]
      if (channel !== undefined && named.includes(leg)) named = named.replaceAll(leg, channel)
    }

    return named
  }
  const inLegsName = (event: EslEvent): EslEvent => ({
    name: event.name,
    subclass: event.subclass,
    body: event.body,
    get(header) {
      const value = event.get(header)

      return value === undefined ? undefined : toLegs(value)
    },
  })

  /** A channel that the switch had when we came: it has won, or it would not be known to anybody. */
  const meet = (channel: string, leg: string): Fork => {
    const fork = byLeg.get(leg) ?? begin(leg)
    if (fork.winner === undefined && !fork.channels.has(channel)) fork.winner = channel
    byChannel.set(channel, fork)
    fork.channels.add(channel)

    return fork
  }

  /** Every phone has ended: the leg ends as the one did whose cause the switch tells. */
  const conclude = (fork: Fork): EslEvent[] => {
    if (fork.failedFor === undefined || fork.channels.size > 0) return []
    const end =
      fork.ends.find(event => event.get('Hangup-Cause') === fork.failedFor) ?? fork.ends.at(-1)
    fork.endedAt = now()

    return end ? [inLegsName(end)] : []
  }

  const whileRinging = (fork: Fork, channel: string, event: EslEvent): EslEvent[] => {
    switch (event.name) {
      case 'CHANNEL_PROGRESS':
      case 'CHANNEL_PROGRESS_MEDIA': {
        const isFirst = !fork.hasRung
        fork.hasRung = true

        return isFirst ? [inLegsName(event)] : []
      }
      case 'CHANNEL_ANSWER':
        fork.winner = channel

        return [inLegsName(event)]
      case 'CHANNEL_HANGUP_COMPLETE':
        fork.channels.delete(channel)
        fork.ends.push(event)

        return conclude(fork)
      default:
        return []
    }
  }

  const onChannel = (fork: Fork, channel: string, event: EslEvent): EslEvent[] => {
    if (fork.winner === undefined) return whileRinging(fork, channel, event)
    if (fork.winner !== channel) return []
    if (event.name === 'CHANNEL_HANGUP_COMPLETE') fork.endedAt = now()

    return [inLegsName(event)]
  }

  const onJob = (event: EslEvent): EslEvent[] => {
    const fork = byLeg.get(event.get('Job-UUID') ?? '')
    const refusal = /^-ERR ?([A-Z_]*)/.exec(event.body)
    if (!fork || fork.winner !== undefined || !refusal) return [event]
    fork.failedFor = refusal[1] ?? ''
    // No phone could be rung at all: the job's own word ends the leg.
    if (fork.ends.length === 0 && fork.channels.size === 0) {
      fork.endedAt = now()

      return [event]
    }

    return conclude(fork)
  }

  const sendOne = async (command: EslCommand): Promise<string> => {
    const reply = await send(command)
    if (command.kind !== 'api') return reply
    if (command.text === 'show registrations as json') phones.read(reply)
    const dumped = /^uuid_dump (\S+) json$/.exec(command.text)?.[1]
    const leg = dumped && /"variable_hotline_leg":\s*"([^"]+)"/.exec(reply)?.[1]
    if (dumped !== undefined && leg !== undefined && leg !== dumped) meet(dumped, leg)

    return byChannel.size === 0 ? reply : toLegs(reply)
  }

  return {
    async send(command) {
      if (command.kind === 'bgapi') {
        const agent = AGENT.exec(command.text)?.[1]
        if (agent === undefined || phones.of(agent) < 2) return send(command)
        begin(command.jobId)

        return send({
          ...command,
          text: command.text.replace('{origination_uuid=', '{hotline_leg='),
        })
      }
      if (byLeg.size === 0) return sendOne(command)
      if (command.kind !== 'api')
        return send({ ...command, legId: toChannels(command.legId) as typeof command.legId })
      const killed = byLeg.get(/^uuid_kill (\S+)/.exec(command.text)?.[1] ?? '')
      if (killed && killed.winner === undefined && killed.channels.size > 0) {
        const { leg, channels } = killed
        const replies = await Promise.all(
          [...channels].map(channel =>
            send({ ...command, text: command.text.replace(leg, channel) }),
          ),
        )

        return replies[0] ?? ''
      }

      return sendOne({ ...command, text: toChannels(command.text) })
    },
    hear(event) {
      phones.hear(event)
      if (event.name === 'BACKGROUND_JOB') return onJob(event)
      const channel = filled(event.get('Unique-ID'))
      if (channel === undefined) return [event]
      const known = byChannel.get(channel)
      if (known) return onChannel(known, channel, event)
      const leg = filled(event.get(LEG))
      if (leg === undefined || leg === channel)
        return byChannel.size === 0 ? [event] : [inLegsName(event)]
      const fork = byLeg.get(leg)
      if (!fork || event.name !== 'CHANNEL_CREATE')
        return onChannel(meet(channel, leg), channel, event)
      byChannel.set(channel, fork)
      fork.channels.add(channel)

      return fork.channels.size === 1 && fork.ends.length === 0 ? [inLegsName(event)] : []
    },
  }
}
