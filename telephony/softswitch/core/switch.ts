// Wires the embedded switch: media, browsers and SIP below, the event socket's door above.
import { randomUUID } from 'node:crypto'
import { createAdmission } from '../../admission/keeper.ts'
import type { BrowserLegs } from '../browser/browser.ts'
import type { SwitchConfig } from '../config.ts'
import type { SwitchDoor } from '../esl/door.ts'
import type { Media, MediaEvent } from '../media/media.ts'
import type { Binding, SipStack, SipStackOptions } from '../sip/stack.ts'
import { enqueue } from './application-queue.ts'
import { createApi } from './api.ts'
import { duration } from './api-system.ts'
import type { Board, Log } from './board.ts'
import { createWireCopies } from './capture.ts'
import { isDown } from './channel.ts'
import { clearApplications, hangUp } from './control.ts'
import { onDigit } from './digit.ts'
import { createGate, rulesOf } from './gate.ts'
import { createGateways } from './gateways.ts'
import { toHangupCause } from './hangup-cause.ts'
import { createInbound, unclaimedGroup } from './inbound.ts'
import { createPlays } from './play.ts'
import { onRecordingStopped } from './recording.ts'
import { createSchedule } from './schedule.ts'
import { createEventBus } from './switch-event.ts'

export const SWITCH_VERSION = '1.10.12-hotline'

export interface SwitchOptions {
  readonly config: SwitchConfig
  readonly media: Media
  readonly browsers: BrowserLegs
  readonly log: Log
  /** Binds the SIP ports; the real stack or a twin. */
  createSip(
    options: Pick<
      SipStackOptions,
      | 'realm'
      | 'advertisedAddress'
      | 'directory'
      | 'gate'
      | 'onCall'
      | 'onRegistered'
      | 'onUnregistered'
      | 'reliabilityOf'
      | 'onWire'
    >,
  ): Promise<SipStack>
  /** Reads the configuration anew. */
  readConfig(): Promise<SwitchConfig>
  /** Ends the process, after the calls when `drain`. */
  onShutDown(drain: boolean): void
  /** Epoch ms; defaults to the real clock. */
  now?(): number
}

export interface Switch {
  readonly door: SwitchDoor
  readonly sip: SipStack
  readonly liveCallCount: number
  /** Refuses new calls, waits for the others up to `graceMs`, ends what is left. */
  drain(graceMs: number): Promise<void>
  close(): Promise<void>
}

/** FreeSWITCH beats every 20 s. */
const HEARTBEAT_MS = 20_000

/** Epoch ms with fractions: event times count microseconds. */
const preciseNow = () => performance.timeOrigin + performance.now()

export async function createSwitch(options: SwitchOptions): Promise<Switch> {
  const now = options.now ?? preciseNow
  const startedAt = now()
  let { config } = options
  let sip: SipStack | undefined
  const schedule = createSchedule()
  const ended = new AbortController()
  const advertisedAddress = () => config.sip.publicAddress ?? config.sip.host
  const admission = createAdmission(() => rulesOf(config))
  const events = createEventBus({
    coreUuid: randomUUID(),
    nodeName: config.nodeName,
    nowUs: () => now() * 1000,
  })
  const theSip = (): SipStack => {
    if (sip === undefined) throw new Error('the SIP layer is not there yet')
    return sip
  }
  const gateways = createGateways({
    sip: {
      ask: asked => theSip().ask(asked),
      contactUri: (user, transport) => theSip().contactUri(user, transport),
    },
    events,
    now,
    log: options.log,
  })
  const board: Board = {
    channels: new Map(),
    events,
    gateways,
    media: options.media,
    browsers: options.browsers,
    schedule,
    plays: createPlays(),
    log: options.log,
    counts: { sessions: 0, peak: 0 },
    paused: { inbound: false, outbound: false },
    config: () => config,
    sip: theSip,
    now,
    advertisedAddress,
    newUuid: randomUUID,
    claim: uuid => void schedule.remove(unclaimedGroup(uuid)),
  }

  const onMedia = (event: MediaEvent) => {
    board.plays.onMediaEvent(event)
    const channel = [...board.channels.values()].find(each => each.audio === event.port)
    if (channel === undefined) return
    if (event.type === 'digit') onDigit(board, channel, event.digit, event.durationMs)
    else if (event.type === 'recording-stopped') onRecordingStopped(board, channel, event)
    else if (event.type === 'silent') hangUp(board, channel, 'MEDIA_TIMEOUT')
  }
  options.media.onEvent(onMedia)

  options.browsers.onLost((leg, reason) => {
    const channel = [...board.channels.values()].find(each => each.leg.browserLeg === leg)
    if (channel === undefined || isDown(channel)) return
    board.log.warn({ uuid: channel.uuid, reason }, 'browser leg lost')
    const { partner } = channel
    // The caller keeps the place, whatever was to happen after an ordinary end.
    if (partner !== undefined) partner.variables.set('park_after_bridge', 'true')
    hangUp(board, channel, 'DESTINATION_OUT_OF_ORDER')
    if (partner !== undefined && !isDown(partner) && config.comfortFile !== undefined) {
      enqueue(board, partner, { name: 'playback', argument: config.comfortFile })
    }
  })

  const registration = (subclass: string, binding: Binding, reason?: string) => {
    board.events.emit(
      'CUSTOM',
      [
        ['profile-name', 'embedded'],
        ['from-user', binding.user],
        ['from-host', config.realm],
        ['contact', binding.contact],
        ['status', `Registered(${binding.source.transport.toUpperCase()})`],
        ['expires', String(Math.max(0, Math.round((binding.expiresAt - now()) / 1000)))],
        ['to-user', binding.user],
        ['to-host', config.realm],
        ['network-ip', binding.source.address],
        ['network-port', String(binding.source.port)],
        ['network-proto', binding.source.transport],
        ['username', binding.user],
        ['user', binding.user],
        ['realm', config.realm],
        ['user-agent', binding.userAgent],
        ...(reason === undefined ? [] : [['reason', reason] as const]),
      ],
      { subclass },
    )
  }

  const copies = createWireCopies({ target: () => config.capture, now, log: options.log })
  const inbound = createInbound(board, admission)
  sip = await options.createSip({
    realm: config.realm,
    advertisedAddress: advertisedAddress(),
    directory: {
      ha1: user => (Object.hasOwn(config.users, user) ? config.users[user] : undefined),
    },
    gate: createGate(
      admission,
      now,
      options.log,
      ended.signal,
      address => gateways.at(address)?.id,
    ),
    reliabilityOf: source => gateways.at(source.address)?.prack ?? 'supported',
    onCall: call => inbound.onCall(call),
    onWire: copies.send,
    onRegistered: binding => registration('sofia::register', binding),
    onUnregistered: (binding, reason) =>
      registration(reason === 'expired' ? 'sofia::expire' : 'sofia::unregister', binding, reason),
  })
  const sipStack = sip
  gateways.apply(config.trunks)

  const api = createApi(board, {
    startedAt,
    version: SWITCH_VERSION,
    async reload() {
      try {
        config = await options.readConfig()
        gateways.apply(config.trunks)
        board.events.emit('RELOADXML', [])
        return undefined
      } catch (err) {
        options.log.error({ err }, 'configuration refused')
        return err instanceof Error ? (err.message.split('\n')[0] ?? 'refused') : 'refused'
      }
    },
    bans: () => admission.bans(now()),
    unban: source => admission.unban(source),
    shutDown: drain => options.onShutDown(drain),
  })

  const beat = () =>
    board.events.emit('HEARTBEAT', [
      ['Event-Info', 'System Ready'],
      ['Up-Time', duration(now() - startedAt)],
      ['FreeSWITCH-Version', SWITCH_VERSION],
      ['Uptime-msec', String(Math.round(now() - startedAt))],
      ['Session-Count', String(board.channels.size)],
      ['Max-Sessions', String(config.lines.limit + config.lines.reserve)],
      ['Session-Per-Sec', String(config.rates.invitesPerSecondPerAddress)],
      ['Session-Since-Startup', String(board.counts.sessions)],
      ['Session-Peak-Max', String(board.counts.peak)],
      ['Idle-CPU', '100.000000'],
    ])
  const heart = setInterval(beat, HEARTBEAT_MS)

  const sendMessage: SwitchDoor['sendMessage'] = (uuid, headers, body) => {
    const channel = board.channels.get(uuid)
    if (channel === undefined || isDown(channel)) return
    const command = headers.get('call-command')
    if (command === 'hangup')
      return hangUp(board, channel, toHangupCause(headers.get('hangup-cause') ?? 'NORMAL_CLEARING'))
    if (command !== 'execute') return board.log.warn({ uuid, command }, 'unknown call command')
    const applicationUuid = headers.get('event-uuid')
    enqueue(board, channel, {
      name: headers.get('execute-app-name') ?? '',
      argument: headers.get('execute-app-arg') ?? body,
      loops: Number.parseInt(headers.get('loops') ?? '1', 10) || 1,
      locked: /^(true|yes|1)$/i.test(headers.get('event-lock') ?? ''),
      ...(applicationUuid === undefined ? {} : { uuid: applicationUuid }),
    })
  }

  const liveChannels = () => [...board.channels.values()].filter(channel => !isDown(channel))
  let closing: Promise<void> | undefined

  return {
    door: {
      events: board.events,
      api: api.run,
      channelExists: uuid => board.channels.has(uuid),
      sendMessage,
      queueEvent(uuid, headers) {
        const channel = board.channels.get(uuid)
        if (channel === undefined) return false
        const keys = headers.get('eavesdrop-command')
        if (keys !== undefined) channel.onEavesdropCommand?.(keys)
        return true
      },
    },
    sip: sipStack,
    get liveCallCount() {
      return liveChannels().length
    },
    async drain(graceMs) {
      board.paused.inbound = true
      board.paused.outbound = true
      const until = Date.now() + graceMs
      while (board.channels.size > 0 && Date.now() < until)
        await new Promise(resolve => setTimeout(resolve, 50))
    },
    close() {
      closing ??= (async () => {
        board.paused.inbound = true
        board.paused.outbound = true
        for (const channel of liveChannels()) {
          clearApplications(channel)
          hangUp(board, channel, 'SYSTEM_SHUTDOWN')
        }
        board.events.emit('SHUTDOWN', [['Event-Info', 'System Shutting Down']])
        clearInterval(heart)
        ended.abort()
        schedule.close()
        await gateways.close()
        await sipStack.close(CLOSE_MS)
        copies.close()
        await options.browsers.closeAll()
        await options.media.closeAll()
      })()
      return closing
    },
  }
}

/** BYEs are answered within this time, or never. */
const CLOSE_MS = 1_500
