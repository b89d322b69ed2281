// What is played to one far end: one play at a time, and the music of a hold under it.
import type { MediaEvent, PortId } from './media.ts'
import { Player } from './player.ts'

export class Playback {
  /** Asked when a play begins or ends, for then the port hears something else. */
  onChange: () => void = () => undefined

  readonly #port: PortId
  readonly #emit: (event: MediaEvent) => void
  #play: { readonly playId: string; readonly player: Player } | undefined
  #music: Player | undefined

  constructor(port: PortId, emit: (event: MediaEvent) => void) {
    this.#port = port
    this.#emit = emit
  }

  get isPlaying(): boolean {
    return this.#play !== undefined
  }

  get isHeld(): boolean {
    return this.#music !== undefined
  }

  play(playId: string, files: readonly string[], loop: boolean): void {
    this.#finish('stopped')
    this.#play = { playId, player: new Player(files, loop) }
    this.onChange()
  }

  stop(): void {
    this.#finish('stopped')
    this.onChange()
  }

  hold(musicFile: string | undefined): void {
    this.#music?.stop()
    this.#music = musicFile === undefined ? undefined : new Player([musicFile], true)
    this.onChange()
  }

  /** The next frame of what is played; false when there is none. */
  pull(into: Int16Array): boolean {
    if (this.#play === undefined) return this.#music?.pull(into).state === 'sound'
    const pulled = this.#play.player.pull(into)
    if (pulled.state === 'sound') return true
    if (pulled.state === 'waiting') return false
    if (pulled.state === 'finished') this.#finish('finished')
    else this.#finish('failed', pulled.reason)
    this.onChange()
    return false
  }

  end(): void {
    this.#finish('stopped')
    this.#music?.stop()
    this.#music = undefined
  }

  #finish(outcome: 'finished' | 'stopped' | 'failed', reason?: string): void {
    const play = this.#play
    if (play === undefined) return
    this.#play = undefined
    play.player.stop()
    const ended = { type: 'play-ended', port: this.#port, playId: play.playId, outcome } as const
    this.#emit(reason === undefined ? ended : { ...ended, reason })
  }
}
