import t from 'tap'
import { createSwitchVoice } from '../../../server/speech/switch-voice.ts'
import type { CallCommand } from '../../../telephony/call/command.ts'
import type { CallEvent, PlayEnded } from '../../../telephony/call/event.ts'
import { callId, legId, playId } from '../../../telephony/call/id.ts'
import type { Telephony } from '../../../telephony/index.ts'

const leg = legId('leg-1')
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The door to a switch, with its words in our hands; the real one is in test/mrcp. */
function stage(fileFor?: (text: string) => Promise<string>) {
  const commands: CallCommand[] = []
  const heard: CallEvent[] = []
  let listener: (event: CallEvent) => void = () => undefined
  let at = 1_000_000
  const inner = {
    nodeName: 'sw1',
    connected: true,
    perform: async (command: CallCommand) => void commands.push(command),
    onEvent(added: typeof listener) {
      listener = added
      return () => undefined
    },
  } as unknown as Telephony
  const voice = createSwitchVoice({
    config: {
      kind: 'mrcp',
      name: 'hall',
      profile: 'hall',
      voices: { female: 'xiaoyan', male: 'xiaofeng' },
    },
    fileFor: fileFor ?? (async text => `/media/${text}.wav`),
    replace: text => text.replace('医保局', '医疗保障局'),
    now: () => at,
    log: log as never,
  })
  const telephony = voice.at(inner)
  telephony.onEvent(event => void heard.push(event))
  return {
    voice,
    telephony,
    commands,
    heard,
    tell: (event: CallEvent) => listener(event),
    play: async (id: string, files: readonly string[], loop = false) =>
      telephony.perform({ type: 'play', legId: leg, playId: playId(id), files, loop }),
    ended: (id: string, outcome: PlayEnded['outcome']): PlayEnded => ({
      type: 'play-ended',
      at,
      legId: leg,
      callId: callId('call-1'),
      playId: playId(id),
      outcome,
    }),
    wait: (ms: number) => (at += ms),
    settled: () => new Promise(resolve => setImmediate(resolve)),
  }
}

t.test(
  'A prompt is said by the switch, its numbers as words and the words of the site in it',
  async t => {
    const s = stage()
    const name = await s.voice.fileFor('您好，这里是医保局12393热线!')
    t.match(name, /^tts:\/\/unimrcp:hall\|xiaoyan\|您好，这里是医疗保障局幺二三九三热线/)
    t.notMatch(name, /[!${}[\]'"\\]/)
    t.match(await s.voice.fileFor('再见', { voice: 'male' }), '|xiaofeng|再见')
    await s.play('p1', [name, await s.voice.fileFor('请稍候。')])
    t.match(s.commands, [{ type: 'play', files: [/^tts:.*热线.*请稍候。$/] }])
    s.tell(s.ended('p1', 'finished'))
    t.match(s.heard, [{ type: 'play-ended', playId: 'p1', outcome: 'finished' }])
    t.match(s.voice.figures(), { state: 'up', inUse: 0 })
  },
)

t.test('Markup, effects, manners and long texts are files of the next synthesiser', async t => {
  const s = stage()
  t.equal(await s.voice.fileFor('<speak>您好</speak>'), '/media/<speak>您好</speak>.wav')
  for (const options of [{ effect: 'echo' }, { style: 'calm' }, { tempo: 1.5 }] as const)
    t.equal(await s.voice.fileFor('您好', options), '/media/您好.wav')
  t.match(await s.voice.fileFor('好'.repeat(900)), /^\/media/)
})

t.test('Beside a recorded file, in two voices or again and again it is a file as well', async t => {
  const s = stage()
  const name = await s.voice.fileFor('您好')
  const other = await s.voice.fileFor('再见', { voice: 'male' })
  await s.play('p1', [name, '/media/welcome.wav'])
  await s.play('p2', [name, other])
  await s.play('p3', [name], true)
  t.match(s.commands, [
    { files: ['/media/您好.wav', '/media/welcome.wav'] },
    { files: ['/media/您好.wav', '/media/再见.wav'] },
    { files: ['/media/您好.wav'], loop: true },
  ])
  t.equal(s.voice.figures().inUse, 0)
})

t.test(
  'A switch that cannot speak plays a file under the same id, and is spared for a while',
  async t => {
    const s = stage()
    const name = await s.voice.fileFor('您好')
    await s.play('p1', [name])
    s.tell({ ...s.ended('p1', 'failed'), type: 'command-failed', command: 'play', reason: '-ERR' })
    s.tell(s.ended('p1', 'failed'))
    await s.settled()
    t.match(s.commands.at(-1), { playId: 'p1', files: ['/media/您好.wav'] })
    t.same(s.heard, [], 'nobody hears of the first try')
    s.tell(s.ended('p1', 'failed'))
    t.match(s.heard, [{ outcome: 'failed' }], 'the second one is told')
    t.match(s.voice.figures(), { state: 'suspect', cause: 'refused' })
    await s.play('p2', [name])
    t.match(s.commands.at(-1), { files: ['/media/您好.wav'] })
    s.wait(60_000)
    await s.play('p3', [name])
    t.match(s.commands.at(-1), { files: [name] })
  },
)

t.test('What is stopped while its file is made does not begin', async t => {
  let give: (path: string) => void = () => undefined
  const s = stage(() => new Promise(resolve => (give = resolve)))
  await s.play('p1', [await s.voice.fileFor('您好')])
  s.tell(s.ended('p1', 'failed'))
  await s.telephony.perform({ type: 'stop-play', legId: leg })
  t.match(s.heard, [{ type: 'play-ended', playId: 'p1', outcome: 'stopped' }])
  give('/media/late.wav')
  await s.settled()
  t.match(s.commands.at(-1), { type: 'stop-play' })
})

t.test('When nobody can say it, that is told once', async t => {
  const s = stage(async () => {
    throw new Error('no synthesiser')
  })
  const name = await s.voice.fileFor('您好')
  await s.play('p1', [name])
  s.tell(s.ended('p1', 'failed'))
  await s.settled()
  t.match(s.heard, [{ type: 'play-ended', playId: 'p1', outcome: 'failed' }])
  await s.play('p2', [name])
  t.match(s.commands.at(-1), { files: [name] }, 'the switch is asked, as the last way there is')
})

t.test('A door that stands before another, as the guard does, keeps all it can', async t => {
  const s = stage()
  let isClosed = false
  const behind = { close: () => void (isClosed = true), onEvent: () => () => undefined }
  const guarded: Telephony = Object.create(behind, { nodeName: { value: 'sw2' } })
  const telephony = s.voice.at(guarded)
  telephony.close()
  t.ok(isClosed)
  t.equal(telephony.nodeName, 'sw2')
})
