import { appendFileSync, utimesSync, writeFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { legId } from '../../../telephony/call/id.ts'
import { isTapFile, newTapName, sweepTaps, tapNamesOf } from '../../../telephony/tap/folder.ts'
import { openGrowingWav } from '../../../telephony/tap/growing-wav.ts'
import { wavHeader } from '../../../telephony/softswitch/media/wav-writer.ts'

t.test('sound is read as it is written, whatever the header says of its length', async t => {
  const path = join(t.testdir(), 'a.wav')
  t.equal(await openGrowingWav(path), undefined, 'not there yet')
  const header = wavHeader(0)
  writeFileSync(path, header.subarray(0, 20))
  const wav = await openGrowingWav(path)
  if (!wav) throw new Error('no file')
  t.equal((await wav.read()).length, 0, 'the header is not whole')
  appendFileSync(path, header.subarray(20))
  t.equal((await wav.read()).length, 0)
  for (const text of ['abcd', 'efghijkl', 'm']) {
    appendFileSync(path, text)
    t.equal((await wav.read()).toString(), text)
  }
  t.equal((await wav.read()).length, 0)
  await wav.close()
})

t.test('chunks before the sound are passed over', async t => {
  const list = Buffer.from('LIST\x04\x00\x00\x00abcd')
  const header = wavHeader(0)
  const path = join(t.testdir(), 'b.wav')
  writeFileSync(
    path,
    Buffer.concat([header.subarray(0, 36), list, header.subarray(36), Buffer.from('sound')]),
  )
  const wav = await openGrowingWav(path)
  t.equal((await wav?.read())?.toString(), 'sound')
  await wav?.close()
})

t.test('a file of another kind is no sound of ours', async t => {
  const mono = wavHeader(0)
  mono.writeUInt16LE(1, 22)
  const fast = wavHeader(0)
  fast.writeUInt32LE(16_000, 24)
  const folder = t.testdir()
  for (const [name, bytes] of [
    ['mono', mono],
    ['fast', fast],
    ['noise', Buffer.alloc(5000, 1)],
  ] as const) {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    const wav = await openGrowingWav(path)
    await t.rejects(async () => await wav?.read(), { code: 'NOT_SUCH_SOUND' }, name)
    await wav?.close()
  }
})

t.test('what nobody writes to any more is swept, what grows is not', async t => {
  const folder = t.testdir({ taps: { 'old.wav': 'x', 'new.wav': 'x' } })
  const now = Date.now()
  utimesSync(join(folder, 'taps/old.wav'), now / 1000 - 100, now / 1000 - 100)
  await sweepTaps(folder, now)
  t.notOk(existsSync(join(folder, 'taps/old.wav')))
  t.ok(existsSync(join(folder, 'taps/new.wav')))
  await t.resolves(sweepTaps(join(folder, 'no-such-folder'), now))
})

t.test('each has its own name, which says whose it is', async t => {
  const id = legId('0aa0-1')
  const [one, other] = [newTapName(id), newTapName(id)]
  t.not(one, other)
  const folder = t.testdir({ taps: { [one]: '', '0aa0-12_abc.wav': '' } })
  t.same(await tapNamesOf(folder, id), [one])
  t.ok(isTapFile(`/media/taps/${one}`))
  t.notOk(isTapFile('/media/recordings/2026/11/22/taps.wav'))
  t.throws(() => newTapName(legId('../x')), { code: 'UNSAFE_VALUE' })
})
