import { spawnSync } from 'node:child_process'
import { chmod, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { readWav, resample, rootMeanSquare, toWav, trim, type Sound } from '../../asr-tts/audio.ts'
import { createPrompts, SynthesisFailed, TONES, type Synthesizer } from '../../asr-tts/index.ts'
import { createVoice as createEspeak } from '../fixtures/voice.ts'
import { standardFlow } from '../../ivr-flows/index.ts'

const GREETING = '您好，欢迎拨打12393医保服务热线。'
const soundOf = async (path: string): Promise<Sound> => {
  const sound = readWav(await readFile(path))
  if (sound === undefined) throw new Error(`${path} is no WAV`)
  return sound
}
const toDb = (value: number) => 20 * Math.log10(value)
const secondsOf = ({ samples, sampleRateHz }: Sound) => samples.length / sampleRateHz
const silentMs = (samples: Float32Array) => samples.findIndex(sample => Math.abs(sample) > 0.01) / 8

/** Strength of one frequency, dB below a full sine (Goertzel). */
function strengthAt({ samples, sampleRateHz }: Sound, frequencyHz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz)
  let [one, two] = [0, 0]
  for (const sample of samples) [one, two] = [sample + turn * one - two, one]
  return toDb((2 * Math.sqrt(one * one + two * two - turn * one * two)) / samples.length)
}
const sine = (frequencyHz: number, sampleRateHz: number, seconds = 1): Sound => ({
  sampleRateHz,
  samples: Float32Array.from({ length: sampleRateHz * seconds }, (_, i) =>
    Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz),
  ),
})

t.test(
  'a prompt is telephone sound at the right level, without long silence around it',
  async t => {
    const espeak = createEspeak({ folder: t.testdir() })
    for (const voice of ['female', 'male'] as const) {
      const path = await espeak.fileFor(GREETING, { voice })
      const wav = await readFile(path)
      t.equal(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16), 'RIFFWAVEfmt ')
      t.same(
        [wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)],
        [1, 1, 8000, 16],
      )
      t.equal(wav.readUInt32LE(40), wav.length - 44, 'the header tells the true length')
      const sound = await soundOf(path)
      t.ok(secondsOf(sound) > 3 && secondsOf(sound) < 8, `${secondsOf(sound)} s`)
      t.ok(Math.abs(toDb(rootMeanSquare(sound.samples)) + 20) < 1.5, 'RMS −20 dBFS')
      for (const edge of [silentMs(sound.samples), silentMs(sound.samples.toReversed())]) {
        t.ok(edge > 30 && edge < 200, `${edge} ms of silence`)
      }
    }
  },
)

t.test('numbers, voice and tempo are heard', async t => {
  const espeak = createEspeak({ folder: t.testdir() })
  t.equal(
    await espeak.fileFor('12393'),
    await espeak.fileFor('幺二三九三'),
    'what sounds alike is one file',
  )
  const [normal, male, slow] = await Promise.all([
    espeak.fileFor(GREETING),
    espeak.fileFor(GREETING, { voice: 'male' }),
    espeak.fileFor(GREETING, { tempo: 0.7 }),
  ])
  t.equal(new Set([normal, male, slow]).size, 3)
  t.ok(secondsOf(await soundOf(slow)) > 1.2 * secondsOf(await soundOf(normal)))
})

t.test('a text is spoken once, however many ask for it, and found again later', async t => {
  const folder = t.testdir({ engine: '' })
  const program = join(folder, 'engine')
  await writeFile(program, `#!/bin/sh\necho run >> '${folder}/runs'\nexec espeak-ng "$@"\n`)
  await chmod(program, 0o755)
  const cache = join(folder, 'prompts')
  const espeak = createEspeak({ folder: cache, program })
  const paths = await Promise.all(Array.from({ length: 8 }, () => espeak.fileFor(GREETING)))
  t.equal(new Set(paths).size, 1)
  const path = paths[0] ?? ''
  await utimes(path, 1, 1)
  t.equal(await createEspeak({ folder: cache, program }).fileFor(GREETING), path)
  t.equal((await stat(path)).mtimeMs, 1000, 'the file was not written again')
  t.equal(await readFile(join(folder, 'runs'), 'utf8'), 'run\n')
  t.same(await readdir(cache), [path.slice(cache.length + 1)], 'no drafts are left')
  await rm(path)
  t.equal(await espeak.fileFor(GREETING), path)
  t.ok((await stat(path)).size > 1000, 'a file that is gone is made again')
})

t.test('no more than five programs run at once', async t => {
  const folder = t.testdir({ at: {}, engine: '' })
  const program = join(folder, 'engine')
  await writeFile(
    program,
    `#!/bin/sh\ntouch '${folder}'/at/$$; ls '${folder}'/at | wc -l >> '${folder}/crowd'\nespeak-ng "$@"\nrm '${folder}'/at/$$\n`,
  )
  await chmod(program, 0o755)
  const espeak = createEspeak({ folder: join(folder, 'prompts'), program })
  await Promise.all(Array.from({ length: 12 }, (_, i) => espeak.fileFor(`第${i}位`)))
  const crowd = (await readFile(join(folder, 'crowd'), 'utf8')).trim().split('\n').map(Number)
  t.equal(crowd.length, 12)
  t.ok(Math.max(...crowd) <= 5, `${Math.max(...crowd)} at once`)
})

t.test('an engine that is missing, fails, hangs or is dumb says so in one sentence', async t => {
  const folder = t.testdir()
  const engine = async (name: string, script: string) => {
    const program = join(folder, name)
    await writeFile(program, `#!/bin/sh\n${script}\n`)
    await chmod(program, 0o755)
    return createEspeak({ folder: join(folder, 'prompts'), program, limitMs: 300 })
  }
  const saved = process.env.PATH
  process.env.PATH = folder
  t.teardown(() => (process.env.PATH = saved))
  const missing = createEspeak({ folder: join(folder, 'prompts') }).fileFor(GREETING)
  await t.rejects(missing, {
    code: 'SYNTHESIS_FAILED',
    message: 'espeak-ng is not installed; type: apt-get install espeak-ng',
  })
  process.env.PATH = saved

  const cases: [name: string, script: string, message: RegExp][] = [
    ['failing', 'echo no such voice >&2; exit 1', /failing failed: no such voice/],
    ['hanging', 'sleep 2', /no result within 300 ms/],
    ['mute', 'cat > /dev/null', /no usable sound/],
    ['garbled', 'head -c 5000 /dev/urandom', /no usable sound/],
    [
      'silent',
      "printf 'RIFF\\377\\377\\377\\377WAVEfmt \\020\\0\\0\\0\\1\\0\\1\\0\\100\\037\\0\\0\\200\\076\\0\\0\\2\\0\\020\\0data\\377\\377\\377\\177'; head -c 8000 /dev/zero",
      /nothing but silence/,
    ],
  ]
  for (const [name, script, message] of cases) {
    const error = await (await engine(name, script)).fileFor(GREETING).then(
      () => undefined,
      (cause: unknown) => cause,
    )
    t.ok(error instanceof SynthesisFailed, name)
    t.match(error, { message })
  }
  await t.rejects(createEspeak({ folder }).fileFor('…… 😀'), {
    message: /nothing that can be said/,
  })
  t.notOk((await readdir(folder)).includes('prompts'), 'nothing is kept of a failure')
})

t.test('every prompt of the standard flow can be spoken', async t => {
  const folder = t.testdir()
  const warnings: object[] = []
  const prompts = createPrompts({
    folder,
    synthesizer: createEspeak({ folder }),
    log: { warn: fields => warnings.push(fields) },
  })
  const texts = Object.values(standardFlow().nodes).flatMap(node =>
    'prompt' in node ? node.prompt.flatMap(one => ('say' in one ? [one.say] : [])) : [],
  )
  await prompts.warm(texts)
  t.same(warnings, [])
  t.equal((await readdir(folder)).length, new Set(texts).size)
  t.equal(dirname(await prompts.fileFor(GREETING)), folder)
})

t.test('warming never fails: what cannot be made is logged once', async t => {
  const warnings: object[] = []
  const dumb: Synthesizer = {
    name: 'dumb',
    fileFor: async () => Promise.reject(new SynthesisFailed('refused', 'dumb')),
  }
  const prompts = createPrompts({
    folder: t.testdir(),
    synthesizer: dumb,
    log: { warn: fields => warnings.push(fields) },
  })
  await prompts.warm(['a', 'b'])
  t.match(warnings, [{ failedCount: 2, err: { code: 'SYNTHESIS_FAILED' } }])
  await t.rejects(prompts.fileFor('a'), { code: 'SYNTHESIS_FAILED' })
})

t.test('music on hold is continuous, in the telephone band, and loops without a seam', async t => {
  const folder = t.testdir()
  const dumb: Synthesizer = { name: 'dumb', fileFor: async () => '' }
  const prompts = createPrompts({ folder, synthesizer: dumb, log: { warn: () => undefined } })
  const [path, again] = await Promise.all([prompts.musicFile(), prompts.musicFile()])
  t.equal(path, again)
  const sound = await soundOf(path)
  t.equal(sound.sampleRateHz, 8000)
  t.equal(secondsOf(sound), 40)
  t.ok(Math.abs(toDb(rootMeanSquare(sound.samples)) + 18) < 0.5, 'RMS −18 dBFS')
  const frames = Array.from({ length: 400 }, (_, i) =>
    rootMeanSquare(sound.samples.subarray(i * 800, (i + 1) * 800)),
  )
  t.ok(Math.min(...frames.map(toDb)) > -32, 'never silent, not even for 100 ms')
  const steps = sound.samples.map((sample, i) => Math.abs(sample - (sound.samples.at(i - 1) ?? 0)))
  t.ok(
    (steps[0] ?? 1) < steps.subarray(1).reduce((most, step) => Math.max(most, step), 0),
    'the seam is no greater step than the music itself',
  )
  t.ok((steps[0] ?? 1) < 0.1)
  const low = await resample(sound, 400)
  t.ok(toDb(rootMeanSquare(low.samples)) < -50, 'nothing below 200 Hz, which no telephone carries')
  await utimes(path, 1, 1)
  await prompts.musicFile()
  t.equal((await stat(path)).mtimeMs, 1000, 'composed once')
})

t.test('resampling keeps speech and lets nothing fold back', async t => {
  for (const frequencyHz of [300, 1000, 3000]) {
    const kept = strengthAt(await resample(sine(frequencyHz, 22050), 8000), frequencyHz)
    t.ok(Math.abs(kept) < 0.5, `${frequencyHz} Hz: ${kept.toFixed(2)} dB`)
  }
  for (const frequencyHz of [4300, 5000, 7000, 9000]) {
    const { samples } = await resample(sine(frequencyHz, 22050), 8000)
    t.ok(toDb(rootMeanSquare(samples.subarray(200, -200))) < -60, `${frequencyHz} Hz is gone`)
  }
})

t.test('sound survives being a file', async t => {
  const tone = sine(440, 8000)
  const back = readWav(toWav(tone))
  t.equal(back?.samples.length, 8000)
  t.ok(Math.abs(strengthAt(back ?? tone, 440)) < 0.01)
  t.equal(readWav(Buffer.from('not a wav')), undefined)
  t.equal(readWav(Buffer.alloc(100)), undefined)
  t.equal(trim({ sampleRateHz: 8000, samples: new Float32Array(8000) }, 80).samples.length, 0)
})

t.test('the tones are those of the network', async t => {
  t.match(TONES, {
    ringback: /%\(1000,4000,450\)/,
    busy: /%\(350,350,450\)/,
    beep: /%\(300,0,440\)/,
  })
  t.equal(spawnSync('espeak-ng', ['--version']).status, 0, 'the engine of these tests is installed')
})
