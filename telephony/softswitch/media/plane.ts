// All ports and how they are joined. Runs in the worker; one beat of the clock serves every port.
import { FRAME, startClock } from './clock.ts'
import { PortUnknown } from './errors.ts'
import { hearingOf, type Ties } from './hearing.ts'
import type { MediaEvent, MediaOptions, PortId, PortStats } from './media.ts'
import { addVoice, takeMix } from './mix.ts'
import { createPacketRing } from './outlet.ts'
import { Port } from './port.ts'
import type { PlaneCommand } from './protocol.ts'
import { createSocketPairs } from './sockets.ts'

const PACKETS_IN_FLIGHT = 1024
const BEATS_PER_REVIEW = 50

/** The lasting part of a port's ties; playing and held are asked of the port itself. */
type Joined = Omit<Ties, 'isPlaying' | 'isHeld'>

export interface Plane {
  openPort(kind: 'audio' | 'video'): Promise<{ port: PortId; rtpPort: number }>
  close(port: PortId): Promise<PortStats>
  stats(port: PortId): PortStats
  perform(command: PlaneCommand): void
  closeAll(): Promise<void>
}

export const createPlane = (options: MediaOptions, emit: (event: MediaEvent) => void): Plane => {
  const ports = new Map<PortId, Port>()
  const joined = new Map<PortId, Joined>()
  const openSockets = createSocketPairs({ bindAddress: options.bindAddress, ...options.rtpPorts })
  const nextBuffer = createPacketRing(PACKETS_IN_FLIGHT)
  const sum = new Int32Array(FRAME)
  let opened = 0

  const mixFor = (port: Port, beat: number, into: Int16Array): boolean => {
    if (port.hearing.type !== 'mix') return false
    sum.fill(0)
    for (const id of port.hearing.from) {
      const other = ports.get(id)
      if (other) addVoice(sum, other.said.take(beat), FRAME)
    }
    for (const id of port.hearing.hearingOf) {
      const other = ports.get(id)
      if (other) addVoice(sum, other.heard.take(beat), FRAME)
    }
    takeMix(sum, into, FRAME)
    return true
  }

  const clock = startClock((beat, nowMs) => {
    const isReview = beat % BEATS_PER_REVIEW === 0
    for (const port of ports.values()) {
      port.beat(beat, into => mixFor(port, beat, into))
      if (beat % 5 === 0) port.expireDigit(nowMs)
      if (isReview) port.review(nowMs)
    }
  })

  /** Works out anew who hears whom. */
  const rejoin = () => {
    const all = new Map<PortId, Ties>()
    for (const [id, port] of ports)
      all.set(id, {
        ...joined.get(id),
        isPlaying: port.playback.isPlaying,
        isHeld: port.playback.isHeld,
      })
    const listeners = new Map<PortId, Port[]>()
    const saidWanted = new Set<PortId>()
    const heardWanted = new Set<PortId>()
    for (const [id, port] of ports) {
      const hearing = hearingOf(id, all)
      port.hearing = hearing
      if (hearing.type === 'forward')
        listeners.set(hearing.from, [...(listeners.get(hearing.from) ?? []), port])
      if (hearing.type !== 'mix') continue
      for (const other of hearing.from) saidWanted.add(other)
      for (const other of hearing.hearingOf) heardWanted.add(other)
    }
    for (const [id, port] of ports) {
      port.listeners = listeners.get(id) ?? []
      port.isSaidWanted = saidWanted.has(id) || port.recordings.isActive
      port.isHeardWanted = heardWanted.has(id) || port.recordings.isActive
    }
  }

  const tie = (id: PortId, change: (now: Joined) => Joined) => {
    if (ports.has(id)) joined.set(id, change(joined.get(id) ?? {}))
  }
  const untie = (id: PortId, ...keys: readonly (keyof Joined)[]) =>
    tie(id, now =>
      Object.fromEntries(Object.entries(now).filter(([key]) => !keys.some(k => k === key))),
    )

  const unbridge = (id: PortId) => {
    const other = joined.get(id)?.bridge
    untie(id, 'bridge')
    if (other !== undefined) untie(other, 'bridge')
  }

  const bridge = (a: PortId, b: PortId) => {
    const [one, other] = [ports.get(a), ports.get(b)]
    if (one === undefined || other === undefined || a === b || one.kind !== other.kind) return
    unbridge(a)
    unbridge(b)
    for (const [id, partner] of [
      [a, b],
      [b, a],
    ] as const) {
      untie(id, 'room', 'isRoomMuted')
      tie(id, now => ({ ...now, bridge: partner }))
    }
    if (one.kind === 'audio') return
    // A picture begins with a whole frame; without asking, the screen stays black until the next one.
    one.reporter.wantKeyFrame()
    other.reporter.wantKeyFrame()
  }

  const joinRoom = (id: PortId, room: string, isRoomMuted: boolean) => {
    unbridge(id)
    tie(id, now => ({ ...now, room, isRoomMuted }))
  }

  const stopRecording = (port: Port, path: string) => {
    const now = Math.floor(clock.nowMs() * 8)
    void port.recordings.stop(path, now).finally(rejoin)
  }

  const perform = (command: PlaneCommand) => {
    const port = ports.get(command.port)
    // A command may cross the end of its port; that is normal life.
    if (port === undefined) return
    switch (command.type) {
      case 'connect':
        return port.connect(command.remote, command.format)
      case 'bridge':
        bridge(command.port, command.other)
        break
      case 'unbridge':
        unbridge(command.port)
        break
      case 'join-room':
        joinRoom(command.port, command.room, command.isMuted)
        break
      case 'leave-room':
        untie(command.port, 'room', 'isRoomMuted')
        break
      case 'eavesdrop':
        tie(command.port, now => ({
          ...now,
          eavesdrop: { target: command.target, mode: command.mode },
        }))
        break
      case 'end-eavesdrop':
        untie(command.port, 'eavesdrop')
        break
      case 'mute':
        port.isMuted = command.isMuted
        return
      case 'hold':
        return port.playback.hold(command.musicFile)
      case 'play':
        return port.playback.play(command.playId, command.files, command.loop)
      case 'stop-play':
        return port.playback.stop()
      case 'send-digits':
        return port.press(command.digits, command.durationMs)
      case 'record':
        port.recordings.start(command.path, Math.floor(clock.nowMs() * 8))
        break
      case 'tap':
        port.recordings.tap(command.tapId, command.ring, Math.floor(clock.nowMs() * 8))
        break
      case 'untap':
        port.recordings.untap(command.tapId, Math.floor(clock.nowMs() * 8))
        break
      case 'stop-recording':
        return stopRecording(port, command.path)
      case 'mask-recording':
        return port.recordings.mask(command.path, command.isMasked)
    }
    rejoin()
  }

  const close = async (id: PortId): Promise<PortStats> => {
    const port = ports.get(id)
    if (port === undefined) throw new PortUnknown(id)
    unbridge(id)
    ports.delete(id)
    joined.delete(id)
    rejoin()
    return port.close()
  }

  return {
    async openPort(kind) {
      const sockets = await openSockets()
      const id = `${kind}-${++opened}` as PortId
      const port = new Port(id, opened, kind, sockets, {
        clock,
        nextBuffer,
        emit,
        silentAfterMs: options.silentAfterMs,
        onKeyFrameWanted: wanting => {
          const from =
            wanting.hearing.type === 'forward' ? ports.get(wanting.hearing.from) : undefined
          from?.reporter.wantKeyFrame()
        },
      })
      port.playback.onChange = rejoin
      ports.set(id, port)
      rejoin()
      return { port: id, rtpPort: sockets.rtpPort }
    },
    close,
    stats(id) {
      const port = ports.get(id)
      if (port === undefined) throw new PortUnknown(id)
      return port.stats()
    },
    perform,
    async closeAll() {
      clock.stop()
      await Promise.all([...ports.keys()].map(close))
    },
  }
}
