import t from 'tap'
import type { Test } from 'tap'
import type { CallEvent } from '../../../telephony/call/event.ts'
import { agentId, callId, legId, playId } from '../../../telephony/call/id.ts'
import {
  createTelephony,
  type SwitchLook,
  type TelephonyOptions,
  type TelephonyStatus,
} from '../../../telephony/index.ts'
import { collector } from '../../fixtures/collector.ts'
import { type FakeSwitch, fakeSwitch, type Headers, showOf } from '../../fixtures/fake-switch.ts'

t.setTimeout(60_000)

const NOW = 1_766_360_000_000
const caller = legId('5f8c3c1e-7f0e-4c46-8b0c-0123456789ab')
const agent = legId('9d1b7a52-1111-4222-8333-abcdefabcdef')

function drive(t: Test, fake: FakeSwitch, more: Partial<TelephonyOptions> = {}) {
  const events = collector<CallEvent>()
  const statuses = collector<TelephonyStatus>()
  const faults: unknown[] = []
  const telephony = createTelephony({
    url: fake.url,
    nodeName: 'sw1',
    clock: { now: () => NOW },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: fields => void faults.push(fields),
    },
    timing: {
      reconcileEveryMs: 60_000,
      probeEveryMs: 60_000,
      backoff: { firstMs: 10, mostMs: 40, refusedMs: 60_000 },
    },
    ...more,
  })
  telephony.onEvent(events.add)
  telephony.onStatus(statuses.add)
  t.teardown(() => telephony.close())
  const connected = (times = 1) =>
    statuses.until(
      (status, index) =>
        status.state === 'connected' &&
        statuses.items.slice(0, index + 1).filter(({ state }) => state === 'connected').length ===
          times,
    )
  const heard = (type: CallEvent['type'], more: (event: CallEvent) => boolean = () => true) =>
    events.until(event => event.type === type && more(event))
  return { telephony, events, statuses, faults, connected, heard }
}

const create = (id: string, more: Headers = {}): Headers => ({
  'Event-Name': 'CHANNEL_CREATE',
  'Unique-ID': id,
  'Call-Direction': 'inbound',
  'Caller-Caller-ID-Number': '+8613812345678',
  'Caller-Destination-Number': '12393',
  ...more,
})
const row = (uuid: string, more = {}) => ({
  uuid,
  callstate: 'ACTIVE',
  state: 'CS_EXECUTE',
  application: 'park',
  ...more,
})
const dump = (uuid: string, more = {}) =>
  JSON.stringify({
    'Event-Name': 'CHANNEL_DATA',
    ...create(uuid),
    'Caller-Channel-Created-Time': `${NOW - 5000}000`,
    'Caller-Channel-Answered-Time': `${NOW - 4000}000`,
    ...more,
  })
const shows = (fake: FakeSwitch, channels: object[], calls: object[] = []) => {
  fake.answer('show channels', showOf(channels as Record<string, unknown>[]))
  fake.answer('show calls', showOf(calls as Record<string, unknown>[]))
}

t.test('a caller comes, hears, and goes', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, heard, events, faults } = drive(t, fake)
  telephony.onEvent(() => {
    throw new Error('a listener of ours is broken')
  })
  await connected()
  t.ok(telephony.connected)
  fake.emit(create(caller))
  t.match(await heard('leg-created'), {
    legId: caller,
    callId: caller,
    callerNumber: '13812345678',
    calledNumber: '12393',
  })
  t.ok(faults.length > 0, 'a broken listener is logged and disturbs nobody')

  await telephony.perform({
    type: 'guard-leg',
    legId: caller,
    callId: callId(caller),
    forMs: 60_000,
  })
  await telephony.perform({ type: 'answer-leg', legId: caller })
  await telephony.perform({
    type: 'play',
    legId: caller,
    playId: playId('p1'),
    files: ['/a.wav'],
    loop: false,
  })
  const play = { 'Unique-ID': caller, Application: 'playback', 'Application-UUID': 'p1' }
  fake.emit({ 'Event-Name': 'CHANNEL_EXECUTE', ...play })
  await heard('play-started')
  await telephony.perform({ type: 'stop-play', legId: caller })
  fake.emit({
    'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
    ...play,
    'Application-Response': 'FILE PLAYED',
  })
  t.match(await heard('play-ended'), { playId: 'p1', outcome: 'stopped' })
  t.same(
    fake.received
      .filter(text => /uuid_(answer|break)|sched_transfer|execute-app/.test(text))
      .map(text => text.split('\n')[0]),
    [
      `api sched_transfer +60 ${caller} orphan XML hotline`,
      `api uuid_answer ${caller}`,
      `sendmsg ${caller}`,
      `api uuid_break ${caller} all`,
    ],
    'commands go out in the order given',
  )

  const hangUp = {
    'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
    'Unique-ID': caller,
    'Hangup-Cause': 'NORMAL_CLEARING',
  }
  fake.emit(hangUp)
  fake.emit(hangUp)
  fake.emit(create(agent))
  await heard('leg-created', event => 'legId' in event && event.legId === agent)
  t.equal(events.items.filter(event => event.type === 'leg-ended').length, 1, 'an end is told once')
})

t.test('a refused command comes back as an event', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, heard, events } = drive(t, fake)
  await connected()
  fake.emit(create(caller, { variable_hotline_call: 'call-1' }))
  await heard('leg-created')
  fake.answer('uuid_bridge', '-ERR No such channel!\n')
  await telephony.perform({ type: 'bridge-legs', legId: caller, otherLegId: agent })
  t.same(events.items.at(-1), {
    type: 'command-failed',
    at: NOW,
    legId: caller,
    callId: 'call-1',
    command: 'bridge-legs',
    reason: '-ERR No such channel!',
  })
  fake.answer('sendmsg', '-ERR invalid session id')
  await telephony.perform({
    type: 'play',
    legId: caller,
    playId: playId('p1'),
    files: ['/a.wav'],
    loop: true,
  })
  t.match(events.items.slice(-2), [
    { type: 'command-failed', command: 'play' },
    { type: 'play-ended', playId: 'p1', outcome: 'failed' },
  ])
  fake.answer('sched_del', '-ERR nothing there\n')
  fake.answer('uuid_break', '-ERR No such channel!\n')
  const before = events.items.length
  await telephony.perform({ type: 'guard-leg', legId: caller, callId: callId('call-1'), forMs: 1 })
  t.equal(events.items.length, before, 'a step that may fail fails in silence')
  await telephony.perform({ type: 'send-digits', legId: caller, digits: '1\nbgapi system rm' })
  t.match(events.items.at(-1), { type: 'command-failed', reason: 'UNSAFE_VALUE' })
  t.notOk(fake.received.some(text => text.includes('system')))
})

t.test('an agent without a phone: the leg ends though it never was', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, heard, events } = drive(t, fake)
  await connected()
  const originate = {
    type: 'originate-leg',
    legId: agent,
    callId: callId(caller),
    to: { kind: 'agent', agentId: agentId('1001') },
    callerNumber: '13812345678',
    timeoutMs: 20_000,
    autoAnswer: false,
  } as const
  await telephony.perform(originate)
  t.match(await fake.command('bgapi originate'), `Job-UUID: ${agent}`)
  fake.emit({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': agent }, '-ERR USER_NOT_REGISTERED\n')
  t.match(await heard('leg-ended'), { legId: agent, callId: caller, cause: 'not-registered' })

  const second = legId('second')
  await telephony.perform({ ...originate, legId: second })
  fake.emit(create(second, { 'Call-Direction': 'outbound', variable_hotline_call: caller }))
  fake.emit({
    'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
    'Unique-ID': second,
    variable_hotline_call: caller,
    'Hangup-Cause': 'NO_ANSWER',
  })
  fake.emit({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': second }, '-ERR NO_ANSWER\n')
  fake.emit(create(caller))
  await heard('leg-created', event => 'legId' in event && event.legId === caller)
  t.match(
    events.items.filter(event => event.type === 'leg-ended').slice(1),
    [{ legId: second, cause: 'no-answer' }],
    'one that was rung ends by its own event, once',
  )
})

t.test('nothing is lost in silence while the switch is away', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, statuses, events } = drive(t, fake)
  await statuses.until(status => status.state === 'connected')
  await fake.refuseConnections()
  await statuses.until(status => status.state === 'disconnected')
  t.notOk(telephony.connected)
  await telephony.perform({
    type: 'originate-leg',
    legId: agent,
    callId: callId('c'),
    to: { kind: 'agent', agentId: agentId('1001') },
    callerNumber: '',
    timeoutMs: 1,
    autoAnswer: false,
  })
  t.match(events.items, [
    { type: 'command-failed', reason: 'SWITCH_UNREACHABLE' },
    { type: 'leg-ended', legId: agent, cause: 'unavailable' },
  ])
  await t.rejects(telephony.liveLegs(), { code: 'SWITCH_UNREACHABLE' })
})

t.test('events lost with the connection are made good', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, heard, events } = drive(t, fake)
  await connected()
  for (const id of [caller, agent]) {
    fake.emit(create(id))
    fake.emit({ 'Event-Name': 'CHANNEL_ANSWER', 'Unique-ID': id })
  }
  fake.emit(create('gone'))
  await heard('leg-created', event => 'legId' in event && event.legId === 'gone')
  // While we are away: the two are bridged, one hangs up, a new caller comes.
  shows(fake, [row(caller), row(agent), row('new')], [{ uuid: caller, b_uuid: agent }])
  fake.answer('uuid_dump new', dump('new'))
  const from = events.items.length
  fake.drop()
  await connected(2)
  t.ok(telephony.connected)
  const told = events.items.slice(from)
  t.match(
    told.find(event => event.type === 'leg-ended'),
    { legId: 'gone', cause: 'failed' },
  )
  t.same(told.filter(event => event.type === 'legs-bridged').length, 1, 'a bridge is told once')
  t.match(
    told.filter(event => 'legId' in event && event.legId === 'new').map(event => event.type),
    ['leg-created', 'leg-answered', 'leg-parked'],
  )
})

t.test('a prompt that ended while we were away has ended, one that runs goes on', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, heard, events } = drive(t, fake)
  await connected()
  for (const id of [caller, agent]) {
    fake.emit(create(id))
    await telephony.perform({
      type: 'play',
      legId: id,
      playId: playId(`p-${id}`),
      files: ['/a.wav'],
      loop: false,
    })
  }
  shows(fake, [row(caller, { application: 'playback' }), row(agent, { application: 'playback' })])
  fake.answer(
    `uuid_dump ${caller}`,
    dump(caller, {
      variable_current_application: 'playback',
      variable_current_application_response: 'FILE PLAYED',
    }),
  )
  fake.answer(`uuid_dump ${agent}`, dump(agent, { variable_current_application: 'playback' }))
  fake.drop()
  t.match(await heard('play-ended'), { playId: `p-${caller}`, outcome: 'finished' })
  await connected(2)
  t.equal(events.items.filter(event => event.type === 'play-ended').length, 1)
})

t.test('a leg that is gone already is hung up', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, events } = drive(t, fake)
  await connected()
  fake.answer('uuid_kill', '-ERR No such channel!\n')
  await telephony.perform({ type: 'hang-up-leg', legId: caller, cause: 'normal' })
  t.same(events.items, [])
})

t.test('a switch that began anew has lost its calls', async t => {
  const fake = await fakeSwitch(t)
  fake.answer('uptime', '5000\n')
  const { connected, heard } = drive(t, fake)
  await connected()
  fake.emit(create(caller))
  await heard('leg-created')
  fake.answer('uptime', '2\n')
  fake.drop()
  t.match(await heard('leg-ended'), { legId: caller, cause: 'switch-lost' })
})

t.test('an event that never came is made good within two comparisons', async t => {
  const fake = await fakeSwitch(t)
  const { connected, heard } = drive(t, fake, {
    timing: { reconcileEveryMs: 15, probeEveryMs: 60_000 },
  })
  shows(fake, [row(caller)])
  fake.answer('uuid_dump', dump(caller))
  await connected()
  shows(fake, [])
  t.match(await heard('leg-ended'), { legId: caller, cause: 'failed' }, 'a lost end')
  shows(fake, [row('late')])
  fake.answer('uuid_dump late', dump('late'))
  t.match(await heard('leg-created'), { legId: 'late' }, 'a lost beginning')
})

t.test('what was missed is named before it is made good', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, heard, events } = drive(t, fake, {
    timing: { reconcileEveryMs: 15, probeEveryMs: 60_000 },
  })
  const looks = collector<SwitchLook>()
  telephony.onLook(looks.add)
  const both = [row(caller), row(agent)]
  shows(fake, both)
  fake.answer(`uuid_dump ${caller}`, dump(caller))
  fake.answer(`uuid_dump ${agent}`, dump(agent, { variable_hotline_call: caller }))
  await connected()
  const missed = async (cause: string) => {
    await heard('event-missed', event => 'cause' in event && event.cause === cause)
    const at = events.items.findIndex(event => 'cause' in event && event.cause === cause)
    return events.items[at + 1]
  }
  shows(fake, both, [{ uuid: caller, b_uuid: agent }])
  t.match(await missed('bridge-missed'), { type: 'legs-bridged', callId: caller })
  shows(fake, [row(caller), row(agent, { callstate: 'HELD' })], [{ uuid: caller, b_uuid: agent }])
  t.match(await missed('hold-missed'), { type: 'leg-held', legId: agent })
  shows(fake, both, [{ uuid: caller, b_uuid: agent }])
  t.match(await missed('retrieve-missed'), { type: 'leg-retrieved', legId: agent })
  shows(fake, both)
  t.match(await missed('parting-missed'), { type: 'legs-unbridged' })
  fake.answer('show registrations', showOf([{ reg_user: '1001', network_proto: 'ws' }]))
  t.match(await missed('phone-missed'), { type: 'phone-registered', agentId: '1001' })
  fake.answer('show registrations', showOf([]))
  t.match(await missed('phone-gone-missed'), { type: 'phone-unregistered', agentId: '1001' })
  await telephony.perform({
    type: 'play',
    legId: caller,
    playId: playId('long'),
    files: ['/a.wav'],
    loop: false,
  })
  fake.answer('uuid_getvar', command => (command.endsWith('response') ? '_undef_' : 'playback'))
  const before = looks.items.length
  await looks.until((_, index) => index > before + 3)
  t.notOk(
    events.items.some(event => event.type === 'play-ended'),
    'it plays',
  )
  fake.answer('uuid_getvar', command => (command.endsWith('response') ? 'FILE PLAYED' : 'playback'))
  t.match(await missed('play-end-missed'), { playId: 'long', outcome: 'finished' })
  shows(fake, [row(agent)])
  t.match(await missed('end-missed'), { type: 'leg-ended', legId: caller })
  const look = await looks.until(({ legs }) => legs.size === 1)
  t.match(look.legs.get(agent), { callId: caller, parked: true, answered: true })
  t.same(look.phones, new Set())
})

t.test('after a restart of ours the legs are adopted, not told as new', async t => {
  const fake = await fakeSwitch(t)
  shows(fake, [row(caller), row(agent)], [{ uuid: caller, b_uuid: agent }])
  fake.answer(
    `uuid_dump ${caller}`,
    dump(caller, { variable_hotline_call: caller, variable_mark: '7' }),
  )
  fake.answer(
    `uuid_dump ${agent}`,
    dump(agent, { variable_hotline_call: caller, 'Call-Direction': 'outbound' }),
  )
  fake.answer('show registrations', showOf([{ reg_user: '1001', network_proto: 'ws' }]))
  const { telephony, connected, events, heard } = drive(t, fake)
  await connected()
  t.same(events.items, [], 'no leg-created for what was there before')
  const legs = await telephony.liveLegs()
  t.match(legs, [
    {
      legId: caller,
      callId: caller,
      state: 'bridged',
      bridgedTo: agent,
      answeredAt: NOW - 4000,
      variables: { mark: '7' },
    },
    { legId: agent, callId: caller, state: 'bridged', bridgedTo: caller, direction: 'outbound' },
  ])
  t.match(
    await heard('phone-registered'),
    { agentId: '1001', transport: 'ws' },
    'phones are told, as nobody else keeps them',
  )
  t.same(await telephony.registrations(), ['1001'])
  fake.emit({
    'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
    'Unique-ID': agent,
    variable_hotline_call: caller,
    'Hangup-Cause': 'NORMAL_CLEARING',
  })
  t.match(await heard('leg-ended'), { legId: agent, callId: caller })
})

t.test('one of two phones goes: the agent still has one', async t => {
  const fake = await fakeSwitch(t)
  fake.answer('show registrations', showOf([{ reg_user: '1001', network_proto: 'ws' }]))
  const { connected, heard, events } = drive(t, fake)
  await connected()
  await heard('phone-registered')
  const register = (subclass: string, user: string) => ({
    'Event-Name': 'CUSTOM',
    'Event-Subclass': `sofia::${subclass}`,
    'from-user': user,
    contact: 'sip:x@y;transport=ws',
  })
  fake.emit(register('unregister', '1001'))
  fake.emit(register('register', '1002'))
  await heard('phone-registered', event => 'agentId' in event && event.agentId === '1002')
  fake.answer('show registrations', showOf([{ reg_user: '1002', network_proto: 'ws' }]))
  fake.emit(register('expire', '1001'))
  t.match(await heard('phone-unregistered'), { agentId: '1001' })
  t.equal(events.items.filter(event => event.type === 'phone-unregistered').length, 1)
})

t.test('the media folder as the switch sees it', async t => {
  const fake = await fakeSwitch(t)
  const { telephony, connected, heard } = drive(t, fake, {
    url: `${fake.url}?media=/mnt/media`,
    mediaFolder: '/data/media',
  })
  await connected()
  await telephony.perform({ type: 'start-recording', legId: caller, path: '/data/media/rec/1.wav' })
  t.ok(fake.received.includes(`api uuid_record ${caller} start /mnt/media/rec/1.wav`))
  fake.emit({
    'Event-Name': 'RECORD_START',
    'Unique-ID': caller,
    'Record-File-Path': '/mnt/media/rec/1.wav',
  })
  t.match(await heard('recording-started'), { path: '/data/media/rec/1.wav' })
})
