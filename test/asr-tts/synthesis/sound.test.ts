import { spawnSync } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import t from 'tap'
import { readWav, type Sound } from '../../../asr-tts/audio.ts'
import { EFFECTS, STYLES } from '../../../asr-tts/index.ts'
import { createVoice } from '../../fixtures/voice.ts'
import { decibelsOf, median, pitches, secondsOf } from '../../fixtures/pitch.ts'

t.setTimeout(120_000)
const TEXT = '您好，欢迎拨打12393医保服务热线，请问您要办理什么业务。'
const soundOf = async (path: string): Promise<Sound> => readWav(await readFile(path))!
const part = (sound: Sound, fromS: number, toS: number): Sound => ({
  ...sound,
  samples: sound.samples.subarray(fromS * 8000, toS * 8000),
})

t.test('W-TTS-1: a woman and a man, by the pitch of their voices', async t => {
  const voice = createVoice({ folder: t.testdir() })
  const pitch = async (options: object) =>
    median(pitches(await soundOf(await voice.fileFor(TEXT, options))))
  const [female, male] = [await pitch({ voice: 'female' }), await pitch({ voice: 'male' })]
  t.ok(female > 140 && female < 260, `female ${female.toFixed(0)} Hz`)
  t.ok(male > 70 && male < 130, `male ${male.toFixed(0)} Hz`)
  const higher = await voice.fileFor(`<speak><prosody pitch="+4st">${TEXT}</prosody></speak>`)
  const up = 12 * Math.log2(median(pitches(await soundOf(higher))) / female)
  t.ok(up > 2 && up < 6, `four semitones higher: ${up.toFixed(1)}`)
})

t.test('W-TTS-1: styles differ in tempo, pitch and loudness', async t => {
  const voice = createVoice({ folder: t.testdir() })
  const of = Object.fromEntries(
    await Promise.all(
      STYLES.map(
        async style => [style, await soundOf(await voice.fileFor(TEXT, { style }))] as const,
      ),
    ),
  )
  const lengths = STYLES.map(style => secondsOf(of[style]!))
  t.ok(secondsOf(of.elder!) > 1.2 * secondsOf(of.plain!), lengths.map(s => s.toFixed(2)).join(' '))
  t.ok(secondsOf(of.calm!) > 1.04 * secondsOf(of.plain!))
  t.ok(secondsOf(of.lively!) < 0.95 * secondsOf(of.plain!))
  t.ok(median(pitches(of.lively!)) > 1.05 * median(pitches(of.plain!)))
  t.ok(decibelsOf(of.elder!) > decibelsOf(of.plain!) + 1)
})

t.test('W-TTS-1: each effect changes the sound as its name says', async t => {
  const voice = createVoice({ folder: t.testdir() })
  const plain = await soundOf(await voice.fileFor(TEXT))
  const made = Object.fromEntries(
    await Promise.all(
      EFFECTS.map(async effect => {
        const { path, isBare } = await voice.make(TEXT, { effect })
        t.equal(isBare, false, effect)
        return [effect, await soundOf(path)] as const
      }),
    ),
  ) as Record<(typeof EFFECTS)[number], Sound>
  const endS = secondsOf(plain) - 0.08
  const tail = (sound: Sound) => decibelsOf(part(sound, endS + 0.05, endS + 0.25))
  t.ok(tail(made.reverb) > -50, `reverb has a tail: ${tail(made.reverb).toFixed(0)} dB`)
  t.ok(secondsOf(made.echo) > secondsOf(plain) + 0.3, 'the echo comes after the voice')
  const spread = (sound: Sound) => {
    const all = pitches(sound)
    const middle = median(all)
    return median(all.map(pitch => Math.abs(12 * Math.log2(pitch / middle))))
  }
  t.ok(spread(made.robot) < 0.2, `a robot speaks on one note: ${spread(made.robot).toFixed(2)}`)
  t.ok(Math.abs(median(pitches(made.robot)) - 125) < 3)
  t.ok(spread(plain) > 1, `people do not: ${spread(plain).toFixed(2)}`)
  t.ok(decibelsOf(made.near) > decibelsOf(plain) + 1)
  t.ok(decibelsOf(made.far) < decibelsOf(plain) - 6)
  const difference = plain.samples.map((sample, i) => sample - (made.chorus.samples[i] ?? 0))
  t.ok(decibelsOf({ ...plain, samples: difference }) > -30, 'more than one voice in the chorus')
  t.ok(decibelsOf(part(made.background, 0.3, 0.7)) > -50, 'the bed begins before the voice')
  t.ok(
    decibelsOf(made.background) > decibelsOf(part(made.background, 0.3, 0.7)) + 8,
    'and lies under it',
  )
  t.ok(decibelsOf(part(plain, 0, 0.06)) < -60, 'silence without one')
})

t.test('W-TTS-1: PCM, WAV and MP3 hold the same sound', async t => {
  const voice = createVoice({ folder: t.testdir() })
  const wav = await soundOf(await voice.fileFor(TEXT))
  const pcm = await readFile(await voice.fileFor(TEXT, { format: 'pcm' }))
  t.equal(pcm.length, 2 * wav.samples.length)
  t.ok(Math.abs(pcm.readInt16LE(8000) - wav.samples[4000]! * 32768) <= 2)
  const mp3 = await voice.fileFor(TEXT, { format: 'mp3' })
  const head = await readFile(mp3)
  t.ok(head.toString('latin1', 0, 3) === 'ID3' || head[0] === 0xff)
  t.ok((await stat(mp3)).size < pcm.length / 2, 'smaller')
  const { stdout, status } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-i', mp3, '-f', 'wav', '-ar', '8000', '-ac', '1', 'pipe:1'],
    { maxBuffer: 50_000_000 },
  )
  t.equal(status, 0)
  const back = readWav(stdout)!
  t.ok(Math.abs(secondsOf(back) - secondsOf(wav)) < 0.3, `${secondsOf(back)} s`)
  t.ok(Math.abs(decibelsOf(back) - decibelsOf(wav)) < 1.5, `${decibelsOf(back)} dB`)
})

t.test('a pause is as long as it is written, and a louder part is louder', async t => {
  const voice = createVoice({ folder: t.testdir() })
  const of = async (text: string) => soundOf(await voice.fileFor(`<speak>${text}</speak>`))
  const short = await of('您好<break time="100ms"/>再见')
  const long = await of('您好<break time="2100ms"/>再见')
  t.ok(Math.abs(secondsOf(long) - secondsOf(short) - 2) < 0.002)
  const loud = await of('您好<break time="1s"/><prosody volume="-12dB">您好</prosody>')
  const half = secondsOf(loud) / 2
  const drop = decibelsOf(part(loud, 0, half)) - decibelsOf(part(loud, half, secondsOf(loud)))
  t.ok(Math.abs(drop - 12) < 2, `${drop.toFixed(1)} dB`)
})
