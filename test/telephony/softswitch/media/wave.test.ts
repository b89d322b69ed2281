// Sound as numbers: laws, tones, tapes and files.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { DigitDetector } from '../../../../telephony/softswitch/media/digit-detector.ts'
import { decode, encode, transcode } from '../../../../telephony/softswitch/media/g711.ts'
import { addVoice, takeMix } from '../../../../telephony/softswitch/media/mix.ts'
import { Player } from '../../../../telephony/softswitch/media/player.ts'
import { Tape } from '../../../../telephony/softswitch/media/tape.ts'
import {
  digitTone,
  parseStream,
  renderStream,
  writeTone,
} from '../../../../telephony/softswitch/media/tone.ts'
import { parseWavHeader, WavDecoder } from '../../../../telephony/softswitch/media/wav-reader.ts'
import { wavHeader } from '../../../../telephony/softswitch/media/wav-writer.ts'
import {
  fromG711,
  gaps,
  goertzel,
  parseWav,
  rms,
  toneSamples,
  wavOf,
} from '../../../fixtures/sound.ts'

t.test('both laws of G.711 are the ones of the standard', async t => {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code)
  for (const codec of ['PCMU', 'PCMA'] as const) {
    const samples = new Int16Array(256)
    t.equal(decode(codec, codes, 0, 256, samples), 256)
    t.same(samples, fromG711(codec, codes), `${codec} decodes as the formula says`)
    const again = new Uint8Array(256)
    encode(codec, samples, 256, again, 0)
    const back = new Int16Array(256)
    decode(codec, again, 0, 256, back)
    t.same(back, samples, `${codec} survives there and back`)
    const other = codec === 'PCMU' ? 'PCMA' : 'PCMU'
    const crossed = new Uint8Array(256)
    transcode(codec, other, codes, 0, 256, crossed, 0)
    const heard = fromG711(other, crossed)
    samples.forEach((sample, i) => {
      if (Math.abs(sample - heard[i]!) > Math.max(16, Math.abs(sample) / 16))
        t.fail(`${codec} ${i}: ${sample} → ${heard[i]}`)
    })
  }
  const extremes = new Uint8Array(2)
  encode('PCMA', Int16Array.of(-32_768, 32_767), 2, extremes, 0)
  t.same([...fromG711('PCMA', extremes)], [-32_256, 32_256])
})

t.test('a mix is a sum, cut where it is too loud', async t => {
  const sum = new Int32Array(3)
  addVoice(sum, Int16Array.of(1, 30_000, -30_000), 3)
  addVoice(sum, Int16Array.of(2, 30_000, -30_000), 3)
  const mixed = new Int16Array(3)
  takeMix(sum, mixed, 3)
  t.same([...mixed], [3, 32_767, -32_768])
})

t.test('tone and silence streams are read as FreeSWITCH writes them', async t => {
  t.same(parseStream('silence_stream://250'), { type: 'silence', durationMs: 250 })
  t.same(parseStream('silence_stream://-1,1400'), { type: 'silence', durationMs: -1 })
  t.same(parseStream('tone_stream://%(2000,4000,440,480);loops=-1'), {
    type: 'tone',
    loops: -1,
    cadences: [{ onMs: 2000, offMs: 4000, frequenciesHz: [440, 480] }],
  })
  t.match(parseStream('tone_stream://v=-7;%(100,0,440);%(100,100,620);loops=2'), {
    loops: 2,
    cadences: { length: 2 },
  })
  for (const wrong of [
    '/tmp/a.wav',
    'tone_stream://440',
    'tone_stream://%(a,b)',
    'tone_stream://%(0,0,440)',
    'silence_stream://x',
  ])
    t.equal(parseStream(wrong), undefined, wrong)
  const samples = [
    ...renderStream({
      type: 'tone',
      loops: 2,
      cadences: [{ onMs: 1500, offMs: 100, frequenciesHz: [440] }],
    }),
  ]
  t.equal(
    samples.reduce((sum, piece) => sum + piece.length, 0),
    8 * 3200,
  )
  t.ok(goertzel(samples[0]!, 8000, 440) > 0.99)
})

t.test('every key is heard in its tones, and speech is no key', async t => {
  const receiveAll = (samples: Int16Array) => {
    const detector = new DigitDetector()
    return Array.from({ length: Math.floor(samples.length / 160) }, (_, i) =>
      detector.receive(samples.subarray(i * 160, i * 160 + 160), 160),
    ).flatMap(heard => heard?.digit ?? [])
  }
  for (const digit of '0123456789*#ABCD') {
    const samples = new Int16Array(8 * 200)
    writeTone(digitTone(digit), 0, samples, 8 * 40, 8 * 80)
    t.same(receiveAll(samples), [digit])
  }
  const twice = new Int16Array(8 * 500)
  for (const fromMs of [40, 200]) writeTone(digitTone('5'), 0, twice, 8 * fromMs, 8 * 90)
  t.same(receiveAll(twice), ['5', '5'])
  const long = new Int16Array(8 * 1200)
  writeTone(digitTone('7'), 0, long, 0, 8 * 1000)
  t.same(receiveAll(long), ['7'])
  t.same(receiveAll(toneSamples(770, 1)), [], 'one tone alone')
  t.same(
    receiveAll(Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin(i * i * 0.001))),
    [],
    'a sweep',
  )
})

t.test('a tape puts sound where it belongs and silence where nothing came', async t => {
  const tape = new Tape()
  const sound = new Int16Array(160).fill(5)
  const write = (timestamp: number, now: number) => tape.write(1, timestamp, sound, 160, now, now)
  const read = (place: number) => {
    const into = new Int16Array(160)
    tape.read(place, into, 160)
    return into[0]
  }
  t.equal(write(1000, 800), 800)
  t.equal(write(1320, 1300), 1120, 'by its timestamp, though it came late')
  t.equal(write(1160, 1310), 960)
  t.same([read(640), read(800), read(960), read(1120), read(1280)], [0, 5, 5, 5, 0])
  t.equal(write(1480 + 80_000, 1500), 1500, 'timestamps that jump are tied to the clock afresh')
  tape.write(2, 0, sound, 160, 10_000, 10_000)
  const places = Array.from({ length: 40 }, (_, i) =>
    tape.write(2, (i + 1) * 160, sound, 160, 10_000, 16_400),
  )
  t.same(
    places,
    Array.from({ length: 40 }, (_, i) => 10_160 + i * 160),
    'a burst after a stall lies where it belongs',
  )
  t.equal(read(0), 0, 'what is older than the tape is gone')
})

t.test('WAV headers are read chunk by chunk', async t => {
  const good = wavOf(toneSamples(440, 0.1), 8000)
  t.match(parseWavHeader(good), {
    encoding: 'PCM',
    rateHz: 8000,
    channels: 1,
    blockBytes: 2,
    dataStart: 44,
    dataBytes: 1600,
  })
  t.match(parseWavHeader(wavHeader(0)), { channels: 2, dataBytes: Number.POSITIVE_INFINITY })
  t.match(parseWav(Buffer.concat([wavHeader(8), Buffer.alloc(8)])), {
    rateHz: 8000,
    channels: { length: 2 },
  })
  const change = (at: number, value: number) => {
    const file = Buffer.from(good)
    file.writeUInt16LE(value, at)
    return file
  }
  t.equal(parseWavHeader(Buffer.from('nothing')), 'not a WAV file')
  t.match(parseWavHeader(change(20, 85)), /format 85/)
  t.match(parseWavHeader(change(34, 24)), /24 bit/)
  t.match(parseWavHeader(change(24, 11_025)), /11025 Hz/)
  t.match(parseWavHeader(change(22, 0)), /0 channels/)
  t.match(parseWavHeader(good.subarray(0, 30)), /no format/)
})

t.test('16 kHz becomes 8 kHz without folding what is too high', async t => {
  const halve = (hz: number) => {
    const file = wavOf(toneSamples(hz, 1, 16_000), 16_000)
    const format = parseWavHeader(file)
    if (typeof format === 'string') throw new Error(format)
    const decoder = new WavDecoder(format)
    const pieces: number[] = []
    for (let at = 44; at < file.length; at += 333)
      pieces.push(...decoder.decode(file.subarray(at, at + 333)))
    return Int16Array.from(pieces)
  }
  const speech = halve(1000)
  t.equal(speech.length, 8000)
  t.ok(goertzel(speech, 8000, 1000) > 0.99)
  t.ok(Math.abs(rms(speech) / rms(toneSamples(1000, 1)) - 1) < 0.1)
  t.ok(rms(halve(6500)) < rms(speech) / 5)
})

const pullAll = async (player: Player): Promise<{ samples: Int16Array; end: object }> => {
  const samples: number[] = []
  const frame = new Int16Array(160)
  for (const limit = performance.now() + 10_000; performance.now() < limit;) {
    const pulled = player.pull(frame)
    if (pulled.state === 'sound') samples.push(...frame)
    else if (pulled.state === 'waiting') await new Promise(resolve => setTimeout(resolve, 1))
    else return { samples: Int16Array.from(samples), end: pulled }
  }
  throw new Error('the play has no end')
}

t.test('files are played one after another, and what cannot be played is told', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'player-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = (name: string, content: Buffer) => (
    writeFileSync(join(folder, name), content),
    join(folder, name)
  )
  const first = path('first.wav', wavOf(toneSamples(440, 1), 8000, 'PCMU'))
  const second = path('second.wav', wavOf(toneSamples(440, 6, 16_000), 16_000))
  const both = await pullAll(new Player([first, 'silence_stream://100', second], false))
  t.match(both.end, { state: 'finished' })
  t.equal(both.samples.length, 8 * 7100)
  t.ok(gaps(both.samples, 8000, 440, 20) <= 120)
  const missing = await pullAll(new Player([first, join(folder, 'missing.wav')], false))
  t.match(missing, { samples: { length: 8000 }, end: { state: 'failed', reason: /ENOENT/ } })
  t.match(await pullAll(new Player([path('junk.wav', Buffer.from('junk'))], false)), {
    end: { reason: 'not a WAV file' },
  })
  t.match(await pullAll(new Player([path('empty.wav', wavOf(new Int16Array(0), 8000))], true)), {
    end: { reason: /no sound/ },
  })
})

t.test('what is added to a file while it is played is played too', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'player-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'grows.wav')
  const all = wavOf(toneSamples(440, 6), 8000)
  const start = Buffer.from(all.subarray(0, 44 + 2 * 8000 * 4))
  start.writeUInt32LE(0, 40)
  writeFileSync(path, start)
  const player = new Player([path], false)
  const frame = new Int16Array(160)
  for (let i = 0; i < 1000 && player.pull(frame).state !== 'sound'; i++)
    await new Promise(resolve => setTimeout(resolve, 1))
  appendFileSync(path, all.subarray(start.length))
  t.equal((await pullAll(player)).samples.length, 8000 * 6 - 160)
})
