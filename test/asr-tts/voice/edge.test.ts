import t from 'tap'
import { createSpeechEdge } from '../../../asr-tts/voice/edge.ts'
import { levelsDb, loudEndMs } from '../../../asr-tts/voice/loudness.ts'
import type { VoiceChange, VoiceOptions } from '../../../asr-tts/voice-detector.ts'

const OPTIONS: VoiceOptions = { rateHz: 8000, endSilenceMs: 320, pauseMs: 160, minSpeechMs: 96 }
const LOUD = Int16Array.from({ length: 256 }, (_, i) => 8000 * Math.sin(i))
const FAINT = new Int16Array(256)

/** One letter a frame of 32 ms: S is speech, m is perhaps speech, anything else is none. */
function play(frames: string, options = OPTIONS): string[] {
  const edge = createSpeechEdge(options)
  const heard = [...frames].flatMap(frame =>
    edge.hear(frame === 'S' ? 0.9 : frame === 'm' ? 0.4 : 0.1, /[Sm]/.test(frame) ? LOUD : FAINT),
  )
  return [...heard, ...edge.finish()].map((change: VoiceChange) => `${change.type} ${change.atMs}`)
}

t.test('speech begins where it began and ends where it ended', async t => {
  const cases: [name: string, frames: string, changes: string[]][] = [
    ['nothing', '.'.repeat(40), []],
    ['a click', '..S.......', []],
    ['two clicks far apart', '..S......S......SS.......', []],
    ['a short word with a gap', '.S.S.S..........', ['began 32', 'paused 192', 'ended 192']],
    ['a word', '..SSSS..........', ['began 64', 'paused 192', 'ended 192']],
    [
      'a pause in between',
      '..SSSS......SSSS..........',
      ['began 64', 'paused 192', 'resumed 384', 'paused 512', 'ended 512'],
    ],
    ['speech that fades is speech', '.SSSSmmmm..........', ['began 32', 'paused 288', 'ended 288']],
    ['no more sound', '.SSSS', ['began 32', 'ended 160']],
    ['no more sound in a pause', '.SSSS.......', ['began 32', 'paused 160', 'ended 160']],
    ['perhaps speech is not enough to begin', '.mmmmmmmm', []],
  ]
  for (const [name, frames, changes] of cases) t.same(play(frames), changes, name)
})

t.test('pauses are told to who wants them', async t => {
  const { pauseMs: _, ...options } = OPTIONS
  t.same(play('..SSSS......SSSS..........', options), ['began 64', 'ended 512'])
})

t.test('the end is where the loudness falls, also in noise', async t => {
  t.same(
    levelsDb(LOUD.subarray(0, 64), 8000).map(level => Math.round(level)),
    [-15],
  )
  const levels = (noiseDb: number) =>
    Array.from({ length: 100 }, (_, i) => (i < 50 ? -20 : noiseDb + (i % 3)))
  for (const noiseDb of [-80, -50, -35])
    for (const heardMs of [340, 400, 460]) {
      const endMs = loudEndMs(levels(noiseDb), 0, heardMs)
      t.ok(Math.abs(endMs - 400) <= 16, `${noiseDb} dB, heard at ${heardMs}: ${endMs}`)
    }
})
