// What one behaviour has at hand: callers, phones, the raw event socket and the driver. Everything it opens is closed after it.
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeToneWav } from '../../fixtures/sound.ts'
import { until } from '../../fixtures/until.ts'
import type { CallCommand } from '../../../telephony/call/command.ts'
import type { CallEvent, LegEvent } from '../../../telephony/call/event.ts'
import type { LegSnapshot } from '../../../telephony/index.ts'
import type { AgentId, CallId, LegId, PlayId } from '../../../telephony/call/id.ts'
import type { EventSocket, SeenEvent } from './event-socket.ts'
import type { BrowserPhone } from './browser-phone.ts'
import { TONES, type Voice } from './ears.ts'
import { type CallOptions, createParty, type Manner, type Party } from './party.ts'
import type { Stage } from './stage.ts'
import type { Subject } from './subject.ts'
import { openTapEar, type TapEar } from './tap-ear.ts'
import type { Talk } from './talk.ts'

type Id = AgentId | CallId | LegId | PlayId
type PlainValue<T> = T extends Id ? string : T extends { kind: string } ? Plain<T> : T
type Plain<T> = T extends unknown ? { [K in keyof T]: PlainValue<T[K]> } : never
/** A command of the driver whose ids are plain text: behaviours make theirs up. */
export type Order = Plain<CallCommand>

export interface Leg {
  readonly uuid: string
  readonly talk: Talk
}
export interface PhoneLeg extends Leg {
  readonly party: Party
}

export interface Scene {
  readonly subject: Subject
  readonly esl: EventSocket
  /** Place in the events from which `event` looks when told so. */
  mark(): number
  /** The first event of that name about a leg, seen or still to come. */
  event(
    uuid: string,
    name: string,
    options?: { readonly after?: number; readonly test?: (event: SeenEvent) => boolean },
  ): Promise<SeenEvent>
  eventsOf(uuid: string): SeenEvent[]
  api(command: string): Promise<string>
  /** Runs an application on a leg; gives the reply. */
  execute(
    uuid: string,
    application: string,
    argument?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<string>
  /** A command through the driver. */
  perform(order: Order): Promise<void>
  /** What the driver told of a leg so far. */
  facts(uuid: string): LegEvent[]
  fact<T extends LegEvent['type']>(
    uuid: string,
    type: T,
    test?: (fact: Extract<LegEvent, { type: T }>) => boolean,
  ): Promise<Extract<LegEvent, { type: T }>>
  /** What the driver told of phones. */
  news(): readonly Exclude<CallEvent, LegEvent>[]
  /** Every leg, as the driver reads it from the switch. */
  liveLegs(): Promise<LegSnapshot[]>
  /** A carrier that calls and is called. */
  carrier(options?: { readonly voice?: Voice; readonly manner?: Manner }): Promise<Party>
  /** Somebody without an account who calls where phones call. */
  stranger(): Promise<Party>
  /** A registered phone with an account of its own. */
  phone(options?: { readonly voice?: Voice; readonly manner?: Manner }): Promise<Party>
  /** Another phone of the same account. */
  secondPhone(
    of: Party,
    options?: { readonly voice?: Voice; readonly manner?: Manner },
  ): Promise<Party>
  /** An agent's browser, registered. */
  browser(): Promise<BrowserPhone>
  /** A caller whose leg is parked and not answered, claimed so that the switch's own protection leaves it alone. */
  ringingCaller(options?: Partial<CallOptions> & { readonly isUnclaimed?: boolean }): Promise<Leg>
  /** A caller whose leg is parked and answered. */
  caller(options?: Partial<CallOptions>): Promise<Leg>
  /** A phone that was rung through the driver and is parked. */
  agent(options?: { readonly voice?: Voice; readonly party?: Party }): Promise<PhoneLeg>
  bridge(a: Leg, b: Leg): Promise<void>
  /** The sound of a leg from now on, through the driver. */
  tap(uuid: string): TapEar
  /** A WAV of one tone in the media folder. */
  tone(voice: Voice, seconds: number): string
  /** A path in the media folder that does not exist yet. */
  newFile(ending?: string): string
  until: typeof until
  newId(): string
  defer(end: () => unknown): void
}

/** Claims the call and guards it for longer than any behaviour lasts. */
const GUARD_MS = 120_000

export function createScene(stage: Stage): Scene & { end(): Promise<void> } {
  const { subject, esl, telephony } = stage
  const ends: (() => unknown)[] = []
  const users: string[] = []
  const folder = join(subject.mediaFolder, randomUUID())
  mkdirSync(folder, { recursive: true, mode: 0o777 })

  /** The switch answers before it tells the event socket. */
  const knows = (user: string, from: number) =>
    until('the driver to know the phone', () =>
      stage.news
        .slice(from)
        .some(fact => fact.type === 'phone-registered' && fact.agentId === user),
    )
  const phoneFor = async (
    user: string,
    { voice = 'agent', manner }: { voice?: Voice; manner?: Manner } = {},
  ) => {
    const party = await createParty({
      server: subject.agents,
      voice,
      account: { user, password: subject.password, realm: subject.realm },
      ...(manner === undefined ? {} : { manner }),
    })
    scene.defer(() => party.close())
    const told = stage.news.length
    const answer = await party.register()
    if (!answer.startsWith('SIP/2.0 200')) throw new Error(`phone not registered: ${answer}`)
    await knows(user, told)

    return party
  }
  /** A leg left by a behaviour that failed must not stand in another's way. */
  const endLater = (uuid: string) =>
    scene.defer(async () => {
      await esl.api(`uuid_kill ${uuid}`)
    })

  const scene: Scene & { end(): Promise<void> } = {
    subject,
    esl,
    until,
    newId: randomUUID,
    mark: () => esl.events.length,
    event: (uuid, name, { after = 0, test = () => true } = {}) =>
      esl
        .wait(
          `${name} of ${uuid}`,
          event => event.uuid === uuid && event.name === name && test(event),
          after,
        )
        .catch((error: unknown) => {
          const seen = scene.eventsOf(uuid).map(event => event.name)
          throw new Error(`${error instanceof Error ? error.message : ''}; seen: ${seen.join(' ')}`)
        }),
    eventsOf: uuid => esl.events.filter(event => event.uuid === uuid),
    api: command => esl.api(command),
    execute(uuid, application, argument = '', headers = {}) {
      const lines = [
        `sendmsg ${uuid}`,
        'call-command: execute',
        `execute-app-name: ${application}`,
        ...(argument === '' ? [] : [`execute-app-arg: ${argument}`]),
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ]

      return esl.reply(lines.join('\n'))
    },
    perform: order => telephony.perform(order as CallCommand),
    facts: uuid => stage.facts.filter(fact => fact.legId === uuid),
    fact: <T extends LegEvent['type']>(
      uuid: string,
      type: T,
      test: (fact: Extract<LegEvent, { type: T }>) => boolean = () => true,
    ) => {
      const isIt = (fact: LegEvent): fact is Extract<LegEvent, { type: T }> =>
        fact.legId === uuid && fact.type === type

      return until(
        `the fact ${type} of ${uuid}`,
        () =>
          stage.facts.find(
            (fact): fact is Extract<LegEvent, { type: T }> => isIt(fact) && test(fact),
          ),
        20_000,
        5,
      ).catch((error: unknown) => {
        const told = scene.facts(uuid).map(fact => fact.type)
        throw new Error(`${error instanceof Error ? error.message : ''}; told: ${told.join(' ')}`)
      })
    },
    news: () => stage.news,
    liveLegs: () => telephony.liveLegs(),
    async carrier({ voice = 'caller', manner } = {}) {
      const party = await createParty({
        server: subject.trunk,
        voice,
        ...(manner === undefined ? {} : { manner }),
      })
      scene.defer(() => party.close())

      return party
    },
    async stranger() {
      const party = await createParty({ server: subject.agents, voice: 'third' })
      scene.defer(() => party.close())

      return party
    },
    async phone(options) {
      const user = await stage.lendUser()
      users.push(user)

      return phoneFor(user, options)
    },
    secondPhone: (of, options) => phoneFor(of.user, options),
    async browser() {
      const user = await stage.lendUser()
      users.push(user)
      const told = stage.news.length
      const browser = await stage.browsers.phone(user)
      scene.defer(() => browser.close())
      await knows(user, told)

      return browser
    },
    async ringingCaller({ isUnclaimed = false, ...options } = {}) {
      const carrier = await scene.carrier()
      const talk = await carrier.call({ to: subject.number, from: stage.newNumber(), ...options })
      const created = await esl.wait(
        'a leg of the caller',
        event =>
          event.name === 'CHANNEL_CREATE' && event.get('variable_sip_call_id') === talk.callId,
      )
      endLater(created.uuid)
      await scene.event(created.uuid, 'CHANNEL_PARK')
      if (!isUnclaimed)
        await scene.perform({
          type: 'guard-leg',
          legId: created.uuid,
          callId: created.uuid,
          forMs: GUARD_MS,
        })

      return { uuid: created.uuid, talk }
    },
    async caller(options) {
      const leg = await scene.ringingCaller(options)
      await scene.perform({ type: 'answer-leg', legId: leg.uuid })
      await leg.talk.answered()
      await scene.event(leg.uuid, 'CHANNEL_ANSWER')

      return leg
    },
    async agent({ voice = 'agent', party } = {}) {
      const phone = party ?? (await scene.phone({ voice }))
      const uuid = randomUUID()
      endLater(uuid)
      await scene.perform({
        type: 'originate-leg',
        legId: uuid,
        callId: randomUUID(),
        to: { kind: 'agent', agentId: phone.user },
        callerNumber: '13800009999',
        timeoutMs: 30_000,
        autoAnswer: false,
      })
      const talk = await phone.next()
      await talk.answered()
      await scene.event(uuid, 'CHANNEL_PARK')

      return { uuid, talk, party: phone }
    },
    async bridge(a, b) {
      const after = scene.mark()
      await scene.perform({ type: 'bridge-legs', legId: a.uuid, otherLegId: b.uuid })
      await esl.wait(
        `a bridge of ${a.uuid} and ${b.uuid}`,
        event =>
          event.name === 'CHANNEL_BRIDGE' && (event.uuid === a.uuid || event.uuid === b.uuid),
        after,
      )
    },
    tap(uuid) {
      const ear = openTapEar(telephony, uuid)
      scene.defer(() => ear.tap.stop())

      return ear
    },
    tone: (voice, seconds) =>
      makeToneWav(join(folder, `${voice}-${randomUUID()}.wav`), TONES[voice], seconds),
    newFile: (ending = '.wav') => join(folder, `${randomUUID()}${ending}`),
    defer: end => void ends.push(end),
    async end() {
      for (const end of ends.reverse()) {
        await Promise.resolve(end()).catch(() => undefined) // One that fails must not keep the others.
      }
      for (const user of users) stage.returnUser(user)
    },
  }

  return scene
}
