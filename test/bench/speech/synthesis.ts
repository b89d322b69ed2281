// How right prompts are read, whether every syllable is spoken, and how fast the local voice is.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEspeakEngine, type SynthesisEvent } from '../../../asr-tts/index.ts'
import { toTokens } from '../../../asr-tts/text/syllable.ts'
import { isPlausible, speakSyllables } from '../../fixtures/syllables.ts'
import { createVoice } from '../../fixtures/voice.ts'
import { percentiles, table } from '../figures.ts'

const CASES = fileURLToPath(new URL('../../asr-tts/cases/reading/', import.meta.url))
const PROMPTS = 40
const FOUND = 500

export async function run(): Promise<Record<string, unknown>> {
  const reading = readCases()
  console.log(table(reading.map(kind => ({ ...kind }))))
  const spoken = await speakSyllables(createEspeakEngine())
  const plausible = spoken.filter(isPlausible).length
  console.log(`Syllables: ${plausible} of ${spoken.length}, each in four tones`)
  const folder = mkdtempSync(join(tmpdir(), 'hotline-bench-'))
  try {
    const speed = await measureSpeed(folder)
    console.log(table([speed]))
    return { reading, syllables: { spoken: plausible, of: spoken.length }, synthesis: speed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface KindOfCase {
  readonly kind: string
  readonly cases: number
  readonly right: number
  readonly percent: number
}

function readCases(): KindOfCase[] {
  const kinds = readdirSync(CASES).map(name => {
    const rows = readFileSync(join(CASES, name), 'utf8').trim().split('\n')
    const right = rows.filter(row => {
      const [text = '', wanted = ''] = row.split('\t')
      return said(text) === wanted
    }).length
    return toKind(name.replace('.tsv', ''), rows.length, right)
  })
  const sum = (of: 'cases' | 'right') => kinds.reduce((total, kind) => total + kind[of], 0)
  return [...kinds, toKind('all', sum('cases'), sum('right'))]
}

const toKind = (kind: string, cases: number, right: number): KindOfCase => ({
  kind,
  cases,
  right,
  percent: +((100 * right) / cases).toFixed(1),
})

const said = (text: string) =>
  toTokens(text)
    .flatMap(token =>
      token.type === 'syllable' ? token.pinyin : token.type === 'letter' ? token.letter : [],
    )
    .join(' ')

async function measureSpeed(folder: string) {
  const factors: number[] = []
  const took: number[] = []
  const onEvent = (event: SynthesisEvent) => {
    if (event.type !== 'spoken') return
    factors.push(event.tookMs / event.soundMs)
    took.push(event.tookMs)
  }
  const voice = createVoice({ folder, onEvent })
  const text = (i: number) =>
    `您好，您前面还有${i}位，预计等待${i + 3}分钟，您可以按1留言，按2预约回电。`
  for (let i = 0; i < PROMPTS; i++) await voice.make(text(i))
  const single = { rtf: percentiles(factors.splice(0)), ms: percentiles(took.splice(0)) }

  const beganAt = performance.now()
  const next = { i: PROMPTS }
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      while (next.i < 3 * PROMPTS) await voice.make(text(next.i++))
    }),
  )
  const wallMs = performance.now() - beganAt
  const five = { rtf: percentiles(factors), ms: percentiles(took) }

  const found: number[] = []
  for (let i = 0; i < FOUND; i++) {
    const at = performance.now()
    await voice.make(text(i % PROMPTS))
    found.push(performance.now() - at)
  }
  return {
    singleRtfP50: single.rtf.p50,
    singleRtfP95: single.rtf.p95,
    singleMsP50: single.ms.p50,
    fiveRtfP50: five.rtf.p50,
    fiveRtfP95: five.rtf.p95,
    fiveMsP95: five.ms.p95,
    fivePromptsPerSecond: +((2 * PROMPTS * 1000) / wallMs).toFixed(1),
    foundMsP50: percentiles(found).p50,
    foundMsP99: percentiles(found).p99,
  }
}
