// All taps of one switch. Taps of one leg share one source, since the switch may allow one only.
import type { CallEvent } from '../call/event.ts'
import type { LegId } from '../call/id.ts'
import type { Tap, TapEnd, TapOptions } from '../call/tap.ts'
import { createTapDoor } from './door.ts'
import { sweepTaps, type TapFolder } from './folder.ts'
import { createListener, type Listener, type TapLog } from './listener.ts'
import { createRecordingSource } from './recording-source.ts'
import type { Sink, Source } from './source.ts'
import { createStreamSource } from './stream-source.ts'
import { createWays, type Way, type WayName } from './way.ts'

export interface TapsDeps {
  /** One API command. @throws {CommandRefused | CommandTimeout | SwitchUnreachable} */
  readonly ask: (text: string) => Promise<string>
  /** Ours, as the switch reaches it; undefined while it is not connected. */
  readonly address: () => string | undefined
  readonly hasEnded: (legId: LegId) => boolean
  readonly log: TapLog
  /** For recordings; without it a switch that has no module can't be listened to. */
  readonly folder?: TapFolder
  /** Epoch ms. */
  readonly now: () => number
  readonly settings?: TapSettings
}

export interface TapSettings {
  /** In place of what the switch offers. */
  readonly way?: WayName
  /** TCP port where the switch brings the sound; default any. */
  readonly port?: number
}

export interface Taps {
  /** Never throws; a failure comes by `onEnd`. */
  open(legId: LegId, options: TapOptions): Tap
  /** Every event of the switch. */
  hear(event: CallEvent): void
  /** The switch was there anew, or is gone. */
  onConnected(): void
  onDisconnected(): void
  /** True when the switch was told to stop something. */
  close(): boolean
}

/** A leg's source and those who listen to it. */
interface Tapped {
  readonly listeners: Set<Listener>
  way: Way
  source: Source | undefined
}

export function createTaps(deps: TapsDeps): Taps {
  const { ask, address, hasEnded, log, folder, now, settings = {} } = deps
  const door = createTapDoor(settings.port === undefined ? {} : { port: settings.port })
  const ways = createWays(ask, settings.way)
  const tapped = new Map<LegId, Tapped>()

  const end = (legId: LegId, of: Tapped, how: TapEnd, detail?: string) => {
    if (tapped.get(legId) === of) tapped.delete(legId)
    if (how === 'failed') log.warn({ legId, way: of.way, detail }, 'tap failed')
    for (const listener of [...of.listeners]) listener.end(how, detail)
    of.listeners.clear()
  }

  const sourceOf = (legId: LegId, of: Tapped, sink: Sink): Source | undefined => {
    const { way } = of
    if (way.kind === 'recording') {
      if (folder === undefined) return void sink.onEnd('failed', 'no folder for recordings')
      return createRecordingSource({ legId, sink, ask, folder })
    }
    const ours = address()
    if (ours === undefined) return void sink.onEnd('failed', 'the switch is not connected')

    return createStreamSource({
      legId,
      sink,
      ask,
      door,
      address: ours,
      module: way.module,
      onUnreachable() {
        if (folder === undefined) return sink.onEnd('failed', 'the switch did not connect')
        log.warn(
          { address: ours },
          'the switch can’t bring sound here; recordings are read instead',
        )
        ways.distrust()
        of.source = undefined
        void begin(legId, of)
      },
    })
  }

  const begin = async (legId: LegId, of: Tapped) => {
    try {
      of.way = await ways.current()
    } catch {
      return end(legId, of, 'failed', 'the switch is not connected')
    }
    if (tapped.get(legId) !== of) return
    if (hasEnded(legId)) return end(legId, of, 'leg-ended')
    const sink: Sink = {
      hear: (said: Int16Array, heard: Int16Array) => {
        for (const listener of [...of.listeners]) listener.hear(said, heard)
      },
      onEnd: (how: TapEnd, detail?: string) => end(legId, of, how, detail),
    }
    of.source = sourceOf(legId, of, sink)
  }

  const drop = (legId: LegId, of: Tapped, listener: Listener) => {
    of.listeners.delete(listener)
    if (of.listeners.size > 0) return
    if (tapped.get(legId) === of) tapped.delete(legId)
    of.source?.stop()
  }

  const endAll = (how: TapEnd, detail?: string) => {
    for (const [legId, of] of [...tapped]) {
      of.source?.stop()
      end(legId, of, how, detail)
    }
  }

  return {
    open(legId, options) {
      const listener = createListener(options, log)
      let of = tapped.get(legId)
      if (of === undefined) {
        of = { listeners: new Set(), way: ways.last(), source: undefined }
        tapped.set(legId, of)
        void begin(legId, of)
      }
      const own = of
      own.listeners.add(listener)

      return {
        get way() {
          return own.way.kind
        },
        mask(masked) {
          listener.isMasked = masked
        },
        stop() {
          drop(legId, own, listener)
          listener.end('stopped')
        },
      }
    },
    hear(event) {
      if (event.type === 'leg-ended') tapped.get(event.legId)?.source?.legEnded()
    },
    onConnected() {
      ways.learn()
      if (folder === undefined) return
      sweepTaps(folder.ours, now()).catch((err: unknown) =>
        log.warn({ err }, 'old taps not removed'),
      )
    },
    onDisconnected() {
      ways.forget()
      endAll('failed', 'the connection to the switch broke')
    },
    close() {
      const hadSome = tapped.size > 0
      endAll('stopped')
      door.close()

      return hadSome
    },
  }
}
