// The recordings of one port, by path, and its taps, by the rings they fill.
import type { MediaEvent, PortId } from './media.ts'
import { Recorder, type RecorderSources } from './recorder.ts'
import { Tapping } from './tapping.ts'

export class Recordings {
  readonly #port: PortId
  readonly #sources: RecorderSources
  readonly #emit: (event: MediaEvent) => void
  readonly #recorders = new Map<string, Recorder>()
  readonly #taps = new Map<string, Tapping>()
  /** Files on their way to the disk. */
  readonly #closing = new Set<Promise<void>>()

  constructor(port: PortId, sources: RecorderSources, emit: (event: MediaEvent) => void) {
    this.#port = port
    this.#sources = sources
    this.#emit = emit
  }

  get isActive(): boolean {
    return this.#recorders.size + this.#taps.size > 0
  }

  /** A path that is being written already is left alone. */
  start(path: string, now: number): void {
    if (this.#recorders.has(path)) return
    const recorder = new Recorder(path, this.#sources, now, () => {
      // After its end a recording is out of the map; a fault then belongs to `stop`, which tells it.
      if (this.#recorders.get(path) !== recorder) return
      this.#recorders.delete(path)
      this.#tell(path, recorder)
    })
    this.#recorders.set(path, recorder)
  }

  tap(id: string, ring: SharedArrayBuffer, now: number): void {
    this.#taps.set(id, new Tapping(ring, this.#sources, now))
  }

  untap(id: string, now: number): void {
    this.#taps.get(id)?.stop(now)
    this.#taps.delete(id)
  }

  mask(path: string, isMasked: boolean): void {
    const recorder = this.#recorders.get(path)
    if (recorder) recorder.isMasked = isMasked
  }

  advance(now: number): void {
    for (const recorder of this.#recorders.values()) recorder.advance(now)
    for (const tap of this.#taps.values()) tap.advance(now)
  }

  async stop(path: string, now: number): Promise<void> {
    const recorder = this.#recorders.get(path)
    if (recorder === undefined) return
    this.#recorders.delete(path)
    const closing = recorder.stop(now).then(() => this.#tell(path, recorder))
    this.#closing.add(closing)
    await closing.finally(() => this.#closing.delete(closing))
  }

  /** Ends the taps, and resolves when every recording is told, those stopped before included. */
  async stopAll(now: number): Promise<void> {
    for (const id of [...this.#taps.keys()]) this.untap(id, now)
    await Promise.all([
      ...[...this.#recorders.keys()].map(path => this.stop(path, now)),
      ...this.#closing,
    ])
  }

  #tell(path: string, recorder: Recorder): void {
    const stopped = {
      type: 'recording-stopped',
      port: this.#port,
      path,
      durationMs: recorder.durationMs,
    } as const
    this.#emit(recorder.fault === undefined ? stopped : { ...stopped, fault: recorder.fault })
  }
}
