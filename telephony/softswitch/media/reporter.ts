// The RTCP of one port: a report every five seconds, and what the far end reports to us.
import type { Inlet } from './inlet.ts'
import type { Remote } from './media.ts'
import type { Outlet } from './outlet.ts'
import { buildGoodbye, buildPictureLoss, buildReport, ntpMiddle, parseRtcp } from './rtcp.ts'

/** RFC 3550 §6.2: five seconds, spread by half so that ports do not report together. */
const INTERVAL_MS = 5000

export interface ReporterDeps {
  readonly inlet: Inlet
  readonly outlet: Outlet
  readonly name: string
  /** Sends from the RTP socket when the far end muxes (RFC 5761), else from the RTCP socket. */
  readonly send: (packet: Buffer, isMuxed: boolean, port: number, address: string) => void
  readonly onKeyFrameWanted: () => void
  readonly random: () => number
}

export class Reporter {
  /** What the far end says it lost of ours, and the way there and back (RFC 3550 §6.4.1). */
  remoteLost: number | undefined
  roundTripMs: number | undefined
  junk = 0

  readonly #deps: ReporterDeps
  #remote: Remote | undefined
  #source: { address: string; port: number } | undefined
  #dueAtMs = 0
  #packetsReported = 0
  #theirReport = { ntpMiddle: 0, ssrc: 0, atEpochMs: 0 }

  constructor(deps: ReporterDeps) {
    this.#deps = deps
  }

  connect(remote: Remote, nowMs: number): void {
    if (this.#remote === undefined)
      this.#dueAtMs = nowMs + INTERVAL_MS * (0.5 + this.#deps.random())
    if (this.#remote?.rtcpPort !== remote.rtcpPort || this.#remote.address !== remote.address)
      this.#source = undefined
    this.#remote = remote
  }

  /** To be called about once a second. */
  advance(nowMs: number): void {
    if (this.#remote === undefined || nowMs < this.#dueAtMs) return
    this.#dueAtMs = nowMs + INTERVAL_MS * (0.5 + this.#deps.random())
    const { inlet, outlet } = this.#deps
    const epochMs = Date.now()
    const isSender = outlet.packets > this.#packetsReported
    this.#packetsReported = outlet.packets
    const { ssrc } = outlet.timeline
    const sent = {
      ssrc,
      timestamp: outlet.timeline.timestampAt(nowMs),
      packets: outlet.packets,
      bytes: outlet.bytes,
    }
    this.#send(buildReport(sent, isSender, this.#block(inlet, epochMs), this.#deps.name, epochMs))
  }

  receive(packet: Buffer, address: string, port: number): void {
    const { latch } = this.#deps.inlet
    if (address !== latch.address && address !== this.#remote?.address) {
      latch.strangers++
      return
    }
    const isRead = parseRtcp(packet, item => {
      if (item.type === 'sender-report')
        this.#theirReport = { ntpMiddle: item.ntpMiddle, ssrc: item.ssrc, atEpochMs: Date.now() }
      if (item.type === 'key-frame-wanted') this.#deps.onKeyFrameWanted()
      if (item.type !== 'report' || item.block.ssrc !== this.#deps.outlet.timeline.ssrc) return
      this.remoteLost = item.block.lost
      if (item.block.lastReport === 0) return
      const wayUnits = (ntpMiddle(Date.now()) - item.block.lastReport - item.block.delay) | 0
      this.roundTripMs = Math.max(0, Math.round((wayUnits * 1000) / 65_536))
    })
    if (isRead) this.#source = { address, port }
    else this.junk++
  }

  /** Asks the far end for a whole picture. */
  wantKeyFrame(): void {
    const { inlet, outlet } = this.#deps
    if (inlet.reception.received > 0)
      this.#send(buildPictureLoss(outlet.timeline.ssrc, inlet.reception.ssrc))
  }

  goodbye(): void {
    if (this.#deps.outlet.packets > 0) this.#send(buildGoodbye(this.#deps.outlet.timeline.ssrc))
  }

  #block(inlet: Inlet, epochMs: number) {
    if (inlet.reception.received === 0) return undefined
    const isKnown =
      this.#theirReport.ntpMiddle !== 0 && this.#theirReport.ssrc === inlet.reception.ssrc
    return {
      ssrc: inlet.reception.ssrc,
      ...inlet.reception.report(),
      lastReport: isKnown ? this.#theirReport.ntpMiddle : 0,
      delay: isKnown ? Math.round(((epochMs - this.#theirReport.atEpochMs) * 65_536) / 1000) : 0,
    }
  }

  #send(packet: Buffer): void {
    const remote = this.#remote
    if (remote === undefined) return
    const { latch } = this.#deps.inlet
    if (remote.rtcpPort === remote.port)
      return this.#deps.send(packet, true, latch.port, latch.address)
    const learned = this.#source
    if (learned) return this.#deps.send(packet, false, learned.port, learned.address)
    const hasMoved = latch.port !== remote.port || latch.address !== remote.address
    this.#deps.send(packet, false, hasMoved ? latch.port + 1 : remote.rtcpPort, latch.address)
  }
}
