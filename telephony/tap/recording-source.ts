// The sound of a leg from a recording of its own, read as it grows, where the switch has no module that would bring it.
import { rm } from 'node:fs/promises'
import { codeOf, CommandRefused } from '../esl/errors.ts'
import { safePath, safeId } from '../esl/safe.ts'
import { newTapName, tapFile, type TapFolder, tapNamesOf } from './folder.ts'
import { type GrowingWav, NotSuchSound, openGrowingWav } from './growing-wav.ts'
import { createMetre } from './metre.ts'
import type { Source, SourceDeps } from './source.ts'

export interface RecordingSourceDeps extends SourceDeps {
  readonly folder: TapFolder
}

const READ_EVERY_MS = 40
/** From the command to the first sound. */
const BEGIN_MS = 5_000
/** A refusal may come before the leg's end that was its cause. */
const TOGETHER_MS = 2_000
/** After the leg's end, nothing more is written once nothing came for this long. */
const QUIET_MS = 300
/**
 * Both sides; written as they come, not two seconds later; not held back for half a second against jitter, as FreeSWITCH does for
 * recordings (RECORD_PRE_BUFFER_FRAMES, default 25); as telephones have it also where a browser speaks Opus.
 */
const VARIABLES =
  '{RECORD_STEREO=true,enable_file_write_buffering=false,RECORD_PRE_BUFFER_FRAMES=1,record_sample_rate=8000}'

export function createRecordingSource(deps: RecordingSourceDeps): Source {
  const { legId, sink, ask, folder } = deps
  const metre = createMetre(sink.hear, () => undefined)
  let isOver = false
  let wav: GrowingWav | undefined
  let timer: NodeJS.Timeout | undefined
  let heardAtMs = performance.now()
  let hasSound = false
  let legEndedAtMs: number | undefined

  let ownName: string | undefined

  const clear = () => {
    isOver = true
    clearTimeout(timer)
    metre.stop()
  }
  /** Stops one, which the switch does by itself when the leg ends, and removes its file. */
  const remove = async (name: string) => {
    const path = safePath(tapFile(folder.theirs, name))
    // Refused where the leg has ended; a switch that is away writes on into a file that nobody finds any more.
    await ask(`uuid_record ${safeId(legId)} stop ${path}`).catch(() => '')
    await rm(tapFile(folder.ours, name), { force: true })
  }
  // What can't be removed now is swept later.
  const tidyUp = () => {
    const name = ownName
    void wav?.close().catch(() => undefined)
    if (name !== undefined) void remove(name).catch(() => undefined)
  }
  const end = (...told: Parameters<typeof sink.onEnd>) => {
    if (isOver) return
    clear()
    tidyUp()
    sink.onEnd(...told)
  }
  const endIn = (ms: number, ...told: Parameters<typeof sink.onEnd>) => {
    clearTimeout(timer)
    timer = setTimeout(() => end(...told), ms)
  }

  const readOn = async () => {
    if (ownName === undefined) return
    const opened = wav ?? (await openGrowingWav(tapFile(folder.ours, ownName)))
    if (isOver) return opened?.close()
    wav = opened
    const bytes = (await wav?.read()) ?? Buffer.alloc(0)
    if (isOver) return
    const nowMs = performance.now()
    if (bytes.length > 0) {
      heardAtMs = nowMs
      hasSound = true
      metre.push(bytes)
    }
    if (legEndedAtMs !== undefined && nowMs - Math.max(heardAtMs, legEndedAtMs) > QUIET_MS)
      return end('leg-ended')
    if (!hasSound && legEndedAtMs === undefined && nowMs - heardAtMs > BEGIN_MS)
      return end('failed', 'the switch writes no sound')
    timer = setTimeout(look, READ_EVERY_MS)
  }
  const look = () =>
    void readOn().catch((error: unknown) =>
      end('failed', error instanceof NotSuchSound ? error.message : 'the recording can’t be read'),
    )

  const begin = async () => {
    try {
      for (const left of await tapNamesOf(folder.ours, legId)) await remove(left)
      if (isOver) return
      ownName = newTapName(legId)
      const path = safePath(tapFile(folder.theirs, ownName))
      await ask(`uuid_record ${safeId(legId)} start ${path} 0 ${VARIABLES}`)
    } catch (error) {
      if (isOver) return
      if (legEndedAtMs !== undefined) return end('leg-ended')
      return endIn(
        TOGETHER_MS,
        'failed',
        error instanceof CommandRefused ? error.reply : codeOf(error),
      )
    }
    // Stopped meanwhile: what was begun is removed by the command that follows it.
    if (isOver) return
    heardAtMs = performance.now()
    look()
  }
  void begin()

  return {
    stop() {
      if (isOver) return
      clear()
      tidyUp()
    },
    legEnded() {
      if (isOver || legEndedAtMs !== undefined) return
      legEndedAtMs = performance.now()
      if (!hasSound) end('leg-ended')
    },
  }
}
