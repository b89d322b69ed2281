import t from 'tap'
import { emptyText, isStale, textOf, toSend } from '../../agent-desktop/src/state/draft.ts'
import { canDial, cleanNumber, formatNumber } from '../../agent-desktop/src/state/number.ts'
import { decideRing, phoneAddress, phoneRetryMs } from '../../agent-desktop/src/state/phone.ts'
import { reasonPath, toReasonTree } from '../../agent-desktop/src/state/reason-tree.ts'
import {
  actOfKey,
  actsFor,
  HANGUP_ARMED_MS,
  isOurKey,
  onHangupKey,
} from '../../agent-desktop/src/state/shortcut.ts'
import { keyTone } from '../../agent-desktop/src/state/tone.ts'
import { judgeLevel, levelOf } from '../../agent-desktop/src/state/level.ts'
import { sampleDesk, sampleReasons, type Scene } from '../fixtures/desktop-sample.ts'

const callIn = (scene: Scene) => {
  const { call } = sampleDesk(scene, 1_000_000)
  if (!call) throw new Error(`no call in ${scene}`)
  return call
}
const key = (name: string, more: { ctrl?: boolean; repeat?: boolean } = {}) => ({
  key: name,
  ctrl: false,
  repeat: false,
  ...more,
})

t.test('a key does what the state of the call allows', async t => {
  for (const [scene, name, act] of [
    ['ringing', 'F1', 'answer'],
    ['ringing', 'F2', null],
    ['ringing', 'Escape', null],
    ['talking', 'F1', null],
    ['talking', 'F2', 'hold'],
    ['on-hold', 'F2', 'retrieve'],
    ['talking', 'F3', 'mute'],
    ['on-hold', 'F3', null],
    ['talking', 'F4', 'consult'],
    ['consulting', 'F4', null],
    ['talking', 'F6', 'transfer'],
    ['talking', 'F7', 'conference'],
    ['talking', 'F8', 'keypad'],
    ['talking', 'F9', 'rate'],
    ['talking', 'Escape', 'hangup'],
    ['dialling', 'Escape', 'hangup'],
    ['wrap-up', 'F2', null],
    ['talking', 'F5', null],
    ['talking', 'a', null],
  ] as const)
    t.equal(actOfKey(key(name), callIn(scene)), act, `${scene} ${name}`)
  t.equal(actOfKey(key('F1'), null), null)
  t.equal(
    actOfKey(key('F2', { repeat: true }), callIn('talking')),
    null,
    'a key held down acts once',
  )
})

t.test('Ctrl and Enter end the wrap-up and nothing else', async t => {
  t.equal(actOfKey(key('Enter', { ctrl: true }), callIn('wrap-up')), 'complete')
  t.equal(actOfKey(key('Enter', { ctrl: true }), callIn('talking')), null)
  t.equal(actOfKey(key('Enter'), callIn('wrap-up')), null)
})

t.test('the page takes F1 to F9 from the browser, but not F5 and not Esc', async t => {
  t.same(['F1', 'F3', 'F6', 'F7', 'F9', 'F5', 'F12', 'Escape'].filter(isOurKey), [
    'F1',
    'F3',
    'F6',
    'F7',
    'F9',
  ])
})

t.test('nobody is asked to rate a call that the agent made', async t => {
  const call = { ...callIn('talking'), direction: 'outbound' as const }
  t.notOk(actsFor(call).includes('rate'))
  t.ok(actsFor(callIn('talking')).includes('rate'))
  t.same(actsFor(null), [])
})

t.test('a talk ends at the second Esc, dialling at the first', async t => {
  t.same(onHangupKey(callIn('dialling'), 0, 5000), { act: 'hang-up' })
  t.same(onHangupKey(callIn('talking'), 0, 5000), { act: 'arm', until: 5000 + HANGUP_ARMED_MS })
  t.same(onHangupKey(callIn('talking'), 8000, 7999), { act: 'hang-up' })
  t.same(
    onHangupKey(callIn('talking'), 8000, 8000),
    { act: 'arm', until: 8000 + HANGUP_ARMED_MS },
    'too late counts as a first one',
  )
})

t.test(
  'a leg that rings is taken at once when the server, the page or the agent says so',
  async t => {
    const calm = { autoAnswer: false, expectedUntil: 0, now: 1000 }
    t.equal(decideRing({}, calm), 'ring')
    t.equal(decideRing({}, { ...calm, autoAnswer: true }), 'answer')
    t.equal(decideRing({}, { ...calm, expectedUntil: 1001 }), 'answer')
    t.equal(decideRing({}, { ...calm, expectedUntil: 1000 }), 'ring')
    t.equal(decideRing({ callInfo: '<sip:x>;answer-after=0' }, calm), 'answer')
    t.equal(decideRing({ callInfo: '<sip:x>;answer-after=05' }, calm), 'ring')
    t.equal(decideRing({ alertInfo: 'info=alert-autoanswer' }, calm), 'answer')
    t.equal(decideRing({ resume: '1' }, calm), 'resume')
    t.equal(
      decideRing({ resume: '1' }, { ...calm, autoAnswer: true }),
      'resume',
      'a call that comes back makes no sound',
    )
  },
)

t.test('the phone knocks quickly first and then every quarter of a minute', async t => {
  t.same(
    [0, 1, 4, 5, 50].map(attempt => Math.round(phoneRetryMs(attempt, 0.5))),
    [300, 1000, 8000, 15_000, 15_000],
  )
  t.equal(phoneAddress('/sip', { protocol: 'https:', host: 'a:1' }), 'wss://a:1/sip')
  t.equal(phoneAddress('/sip', { protocol: 'http:', host: 'a:1' }), 'ws://a:1/sip')
  t.equal(phoneAddress('wss://b/sip', { protocol: 'https:', host: 'a:1' }), 'wss://b/sip')
  t.equal(phoneAddress('ws://a:1/sip', { protocol: 'https:', host: 'a:1' }), 'wss://a:1/sip')
  t.equal(phoneAddress('ws://a:1/sip', { protocol: 'http:', host: 'a:1' }), 'ws://a:1/sip')
})

t.test('numbers are read in groups and typed as people type them', async t => {
  t.same(
    ['13904511111', '139****1111', '045187654321', '02112345678', '12393', 'anonymous'].map(
      formatNumber,
    ),
    ['139 0451 1111', '139 **** 1111', '0451 8765 4321', '021 1234 5678', '12393', 'anonymous'],
  )
  t.equal(cleanNumber('０４５１-8765 4321'), '045187654321')
  t.equal(cleanNumber('+86 139-0451'), '+861390451')
  t.equal(cleanNumber('拨打123'), '123')
  t.same(['', '110', '+8613', '12a', '1'.repeat(21)].map(canDial), [
    false,
    true,
    true,
    false,
    false,
  ])
})

t.test('a draft lies over what the server knows and only its differences are sent', async t => {
  const call = { ...callIn('talking'), described: { notes: '甲' } }
  t.same(textOf(call, null), {
    contactReason: '',
    notes: '甲',
    callerName: '张桂兰',
    area: '哈尔滨市',
  })
  const draft = { callId: call.id, savedAt: 1, text: { ...emptyText, notes: '乙', area: '大庆市' } }
  t.equal(textOf(call, draft).notes, '乙')
  t.equal(textOf(call, { ...draft, callId: 'other' }).notes, '甲')
  t.same(toSend({ ...emptyText, notes: '乙' }, emptyText), { notes: '乙' })
  t.equal(toSend(emptyText, { ...emptyText }), null)
  t.notOk(isStale(draft, 1000))
  t.ok(isStale(draft, 86_400_000))
})

t.test('contact reasons stand as a tree in their order', async t => {
  const tree = toReasonTree(sampleReasons)
  t.same(
    tree.map(node => node.label),
    ['门诊慢特病', '异地就医', '医保卡与电子凭证', '缴费与参保'],
  )
  t.same(
    tree[0]?.children?.map(node => node.value),
    ['chronic-apply', 'chronic-material'],
  )
  t.same(toReasonTree([{ id: 'a', parent: 'gone', name: '甲', sort: 1 }]), [
    { value: 'a', label: '甲' },
  ])
  t.same(reasonPath(sampleReasons, 'chronic-apply'), ['门诊慢特病', '申请条件'])
  t.same(reasonPath(sampleReasons, 'gone'), ['gone'])
  t.ok(reasonPath([{ id: 'a', parent: 'a', name: '甲', sort: 1 }], 'a').length <= 6, 'a loop ends')
})

t.test('a key sounds its two tones and a voice its level', async t => {
  t.same(keyTone('1'), [697, 1209])
  t.same(keyTone('0'), [941, 1336])
  t.same(keyTone('#'), [941, 1477])
  t.same(keyTone('x'), [])
  t.equal(levelOf([]), 0)
  t.equal(levelOf([0, 0]), 0)
  t.equal(levelOf([1, -1]), 100)
  t.ok(levelOf([0.01, -0.01]) > 30 && levelOf([0.01, -0.01]) < 40)
  t.same([0, 60, 99].map(judgeLevel), ['silent', 'good', 'loud'])
})
