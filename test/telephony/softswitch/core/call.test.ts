import t from 'tap'
import type { PortId } from '../../../../telephony/softswitch/media/media.ts'
import { startTestSwitch, type TestSwitch } from '../../../fixtures/softswitch/switch.ts'
import {
  G729_OFFER,
  OFFER,
  VIDEO_OFFER,
  WEBRTC_OFFER,
  withDirection,
  type FarCaller,
} from '../../../fixtures/softswitch/sip-twin.ts'

const audio = (n: number) => `audio-${n}` as PortId

/** A caller who is parked and answered. */
async function parkedCaller(
  s: TestSwitch,
  call: Parameters<TestSwitch['sip']['receive']>[0] = {},
): Promise<{ caller: FarCaller; uuid: string }> {
  const caller = s.sip.receive(call)
  const uuid = (await s.esl.next('CHANNEL_PARK')).headers['Unique-ID'] ?? ''
  await s.esl.api(`uuid_answer ${uuid}`)
  return { caller, uuid }
}

async function answeredPhone(
  s: TestSwitch,
  variables = '',
): Promise<{ phone: TestSwitch['sip']['phones'][number]; uuid: string }> {
  s.sip.register('1001')
  await s.esl.send(`bgapi originate {origination_uuid=agent-leg${variables}}user/1001 &park()`)
  await s.esl.next('CHANNEL_CREATE', event => event.headers['Unique-ID'] === 'agent-leg')
  const phone = await eventually(() => s.sip.phones.at(-1))
  phone.accept()
  await s.esl.next('CHANNEL_PARK', event => event.headers['Unique-ID'] === 'agent-leg')
  return { phone, uuid: 'agent-leg' }
}

async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 1000; i++) {
    const found = look()
    if (found !== undefined && found !== false) return found
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('it never happened')
}

t.test('a caller is parked, answered and ended with every header the driver reads', async t => {
  const s = await startTestSwitch(t)
  const caller = s.sip.receive({
    from: '13911112222',
    headers: [
      ['X-Trace', 'a b'],
      ['User-Agent', 'phone/1'],
    ],
  })
  const created = await s.esl.next('CHANNEL_CREATE')
  t.match(created.headers, {
    'Event-Name': 'CHANNEL_CREATE',
    'Call-Direction': 'inbound',
    'Answer-State': 'ringing',
    'Caller-Caller-ID-Number': '13911112222',
    'Caller-Destination-Number': '12393',
    'Caller-Context': 'default',
    variable_sip_from_user: '13911112222',
    variable_sip_req_user: '12393',
    variable_sip_call_id: caller.call.sipCallId,
    variable_sip_network_ip: '127.0.0.1',
    'variable_sip_h_X-Trace': 'a b',
  })
  t.match(created.headers['Event-Date-Timestamp'], /^\d{16}$/)
  t.match(created.headers['Core-UUID'], /^[0-9a-f-]{36}$/)
  t.notOk('variable_user_name' in created.headers, 'nobody was authenticated')
  const parked = await s.esl.next('CHANNEL_PARK')
  const uuid = parked.headers['Unique-ID'] ?? ''
  t.equal(await s.esl.api(`uuid_exists ${uuid}`), 'true')
  t.equal(await s.esl.api(`uuid_answer ${uuid}`), '+OK\n')
  const answered = await s.esl.next('CHANNEL_ANSWER')
  t.equal(answered.headers['Answer-State'], 'answered')
  t.equal(Number(answered.headers['Caller-Channel-Answered-Time']) > 0, true)
  t.same(caller.answers, ['accept'])
  t.match(caller.sent[0]?.[1], /m=audio \d+ RTP\/AVP 8 101/)

  caller.handler().onBye([['Reason', 'Q.850;cause=16']])
  const hungUp = await s.esl.next('CHANNEL_HANGUP')
  t.equal(hungUp.headers['Hangup-Cause'], 'NORMAL_CLEARING')
  const complete = await s.esl.next('CHANNEL_HANGUP_COMPLETE')
  t.match(complete.headers, {
    variable_hangup_cause: 'NORMAL_CLEARING',
    variable_sip_hangup_disposition: 'recv_bye',
    variable_sip_term_status: '200',
    variable_rtp_audio_in_packet_count: '100',
    variable_rtp_audio_in_skip_packet_count: '1',
    variable_rtp_audio_out_packet_count: '90',
    variable_rtp_audio_in_jitter_ms: '1.50',
    variable_billsec: /^\d+$/,
  })
  await s.esl.next('CHANNEL_DESTROY')
  t.equal(await s.esl.api(`uuid_exists ${uuid}`), 'false')
  t.equal(s.media.openPorts.size, 0, 'its port is free again')
})

t.test('what may not become a call is refused by rule', async t => {
  const s = await startTestSwitch(t, {
    blacklist: ['666'],
    lines: { limit: 1, reserve: 1, busyPrompt: '/media/busy.wav' },
  })
  const stranger = s.sip.receive({ to: '0085290000000' })
  t.same(stranger.answers, ['reject 404'], 'an unpublished number')
  t.match((await s.esl.next('CUSTOM')).headers, {
    'Event-Subclass': 'hotline::blocked',
    'Hotline-Reason': 'unknown-number',
  })
  t.same(s.sip.receive({ from: '666' }).answers, ['reject 603'], 'a blacklisted caller')

  const unheard = s.sip.receive({ from: '1', offer: G729_OFFER })
  await eventually(() => unheard.answers[0])
  t.same(unheard.answers, ['reject 488'], 'no common codec')
  t.equal(s.media.openPorts.size, 0)

  await parkedCaller(s, { from: '2' })
  const busy = s.sip.receive({ from: '3' })
  const beyond = s.sip.receive({ from: '4' })
  t.same(beyond.answers, ['reject 486'], 'beyond the reserve')
  await eventually(() => busy.answers[0])
  t.same(busy.answers, ['progress 183 sdp'], 'the reserve hears the announcement')
  const playing = await eventually(() =>
    [...s.media.plays].find(([, play]) => play.files[0] === '/media/busy.wav'),
  )
  s.media.finish(playing[0])
  await eventually(() => busy.answers[1])
  t.same(busy.answers, ['progress 183 sdp', 'reject 486'])
  const redial = s.sip.receive({ from: '3' })
  await eventually(() => redial.answers[0])
  const blocked = s.esl.events.filter(
    event => event.headers['Event-Subclass'] === 'hotline::blocked',
  )
  t.same(
    blocked.map(event => [
      event.headers['Hotline-Caller'],
      event.headers['Hotline-Reason'],
      event.headers['Hotline-Counted'],
    ]),
    [
      ['3', 'all-lines-busy', 'true'],
      ['4', 'all-lines-busy', 'true'],
      ['3', 'all-lines-busy', 'false'],
    ],
    'a redial is counted once',
  )
  redial.hears.onCancelled()
  await eventually(() => s.media.openPorts.size === 1)
  t.pass('and the reserve port is free when the caller gives up')
})

t.test('an agent with credentials may call any number and uses no line', async t => {
  const s = await startTestSwitch(t, { lines: { limit: 1, reserve: 0 } })
  s.sip.receive({ from: '1001', to: '13800000000', user: '1001' })
  const parked = await s.esl.next('CHANNEL_PARK')
  t.match(parked.headers, {
    variable_user_name: '1001',
    'Caller-Destination-Number': '13800000000',
  })
  s.sip.receive({ from: '5' })
  t.equal(
    (await s.esl.next('CHANNEL_PARK')).headers['Caller-Caller-ID-Number'],
    '5',
    'the line is still free',
  )
})

t.test('no controller claims a new call: 503; a guard or an answer is a claim', async t => {
  const s = await startTestSwitch(t, { unclaimedMs: 60 })
  const abandoned = s.sip.receive({ from: '1' })
  const guarded = s.sip.receive({ from: '2' })
  const uuid =
    (await s.esl.next('CHANNEL_PARK', e => e.headers['Caller-Caller-ID-Number'] === '2')).headers[
      'Unique-ID'
    ] ?? ''
  t.equal(await s.esl.api(`sched_transfer +1 ${uuid} orphan`), '+OK\n')
  await s.esl.next('CHANNEL_HANGUP', e => e.headers['Hangup-Cause'] === 'NORMAL_TEMPORARY_FAILURE')
  t.same(abandoned.answers, ['reject 503'])
  await s.esl.next('PLAYBACK_START')
  t.same(guarded.answers, ['progress 183 sdp'], 'a guard that fires plays the apology')
  s.media.finish([...s.media.plays.keys()][0] as PortId)
  const ended = await s.esl.next('CHANNEL_HANGUP_COMPLETE', e => e.headers['Unique-ID'] === uuid)
  t.match(ended.headers, {
    'Hangup-Cause': 'RECOVERY_ON_TIMER_EXPIRE',
    variable_sip_term_status: '504',
  })
  const renewed = s.sip.receive({ from: '3' })
  const third = (await s.esl.next('CHANNEL_PARK')).headers['Unique-ID'] ?? ''
  await s.esl.api(`sched_transfer +1 ${third} orphan`)
  t.equal(await s.esl.api(`sched_del ${third}`), '+OK Deleted: 1\n')
  t.equal(await s.esl.api(`sched_del ${third}`), '+OK Deleted: 0\n')
  t.same(renewed.answers, [])
})

t.test(
  'a talk needs no guard, and who is left over from it has one, with no controller alive',
  async t => {
    const s = await startTestSwitch(t)
    const { uuid: a } = await parkedCaller(s)
    const { phone, uuid: b } = await answeredPhone(s)
    await s.esl.api(`sched_transfer +60 ${a} orphan`)
    await s.esl.api(`uuid_bridge ${a} ${b}`)
    await s.esl.next('CHANNEL_BRIDGE')
    t.equal(await s.esl.api(`sched_del ${a}`), '+OK Deleted: 0\n', 'the bridge has taken it off')
    phone.handler().onBye([])
    await s.esl.next('CHANNEL_PARK', e => e.headers['Unique-ID'] === a)
    t.equal(await s.esl.api(`sched_del ${a}`), '+OK Deleted: 1\n')
  },
)

t.test('a caller who gives up while ringing is cancelled', async t => {
  const s = await startTestSwitch(t)
  const caller = s.sip.receive({})
  await s.esl.next('CHANNEL_PARK')
  caller.hears.onCancelled()
  const complete = await s.esl.next('CHANNEL_HANGUP_COMPLETE')
  t.match(complete.headers, {
    'Hangup-Cause': 'ORIGINATOR_CANCEL',
    variable_sip_hangup_disposition: 'recv_cancel',
    variable_sip_term_status: '487',
  })
  const early = s.sip.receive({})
  early.hears.onCancelled()
  await eventually(() => s.media.openPorts.size === 0)
  t.notOk(
    s.esl.events.some(event => event.name === 'CHANNEL_CREATE'),
    'a CANCEL before the channel leaves none behind',
  )
})

t.test('applications run one after another, short ones beside a long one', async t => {
  const s = await startTestSwitch(t)
  const { uuid } = await parkedCaller(s)
  t.equal(
    await s.esl.execute(uuid, 'playback', '/a.wav', {
      'event-uuid': 'play-1',
      'event-lock': 'true',
    }),
    '+OK',
  )
  await s.esl.execute(uuid, 'playback', 'file_string:///b.wav!/c.wav', {
    'event-uuid': 'play-2',
    'event-lock': 'true',
  })
  const started = await s.esl.next('CHANNEL_EXECUTE', e => e.headers['Application'] === 'playback')
  t.match(started.headers, { 'Application-Data': '/a.wav', 'Application-UUID': 'play-1' })
  await s.esl.next('PLAYBACK_START', e => e.headers['Playback-File-Path'] === '/a.wav')
  s.media.finish(audio(1))
  t.equal((await s.esl.next('PLAYBACK_STOP')).headers['Playback-Status'], 'done')
  t.match((await s.esl.next('CHANNEL_EXECUTE_COMPLETE')).headers, {
    'Application-UUID': 'play-1',
    'Application-Response': 'FILE PLAYED',
  })
  await s.esl.next('PLAYBACK_START')
  t.same(s.media.plays.get(audio(1))?.files, ['/b.wav', '/c.wav'])
  t.equal(await s.esl.api(`uuid_break ${uuid} all`), '+OK\n')
  t.equal((await s.esl.next('PLAYBACK_STOP')).headers['Playback-Status'], 'break')
  await s.esl.next('CHANNEL_EXECUTE_COMPLETE', e => e.headers['Application-UUID'] === 'play-2')

  await s.esl.execute(uuid, 'endless_playback', '/music.wav')
  await s.esl.next('PLAYBACK_START')
  t.equal(s.media.plays.get(audio(1))?.loop, true)
  await s.esl.execute(uuid, 'set', 'colour=blue')
  await s.esl.next('CHANNEL_EXECUTE_COMPLETE', e => e.headers['Application'] === 'set')
  t.equal(await s.esl.api(`uuid_getvar ${uuid} colour`), 'blue', 'set while the music plays')
  await s.esl.api(`uuid_break ${uuid} all`)

  await s.esl.execute(uuid, 'playback', '/missing.wav', { 'event-uuid': 'play-3' })
  t.match(
    (await s.esl.next('CHANNEL_EXECUTE_COMPLETE', e => e.headers['Application-UUID'] === 'play-3'))
      .headers,
    { 'Application-Response': 'FILE NOT FOUND' },
  )
  await s.esl.execute(uuid, 'playback', '/again.wav', { loops: '-1', 'event-uuid': 'play-4' })
  await s.esl.next('PLAYBACK_START', e => e.headers['Playback-File-Path'] === '/again.wav')
  await s.esl.execute(uuid, 'sleep', '60000', { 'event-uuid': 'sleep-1' })
  await s.esl.api(`uuid_break ${uuid}`)
  await s.esl.next('CHANNEL_EXECUTE', e => e.headers['Application-UUID'] === 'sleep-1')
  await s.esl.execute(uuid, 'hangup', 'USER_BUSY')
  t.equal(
    (await s.esl.next('CHANNEL_HANGUP')).headers['Hangup-Cause'],
    'USER_BUSY',
    'hangup does not wait for a sleep',
  )
  t.equal(await s.esl.execute('nobody', 'answer'), '-ERR invalid session id [nobody]')
})

t.test(
  'recognition ends at once with nobody listening, as in a FreeSWITCH without the module',
  async t => {
    const s = await startTestSwitch(t)
    const { uuid } = await parkedCaller(s)
    await s.esl.execute(uuid, 'detect_speech', 'unimrcp:hall inline:x d1', { 'event-uuid': 'd1' })
    const { headers } = await s.esl.next(
      'CHANNEL_EXECUTE_COMPLETE',
      e => e.headers['Application-UUID'] === 'd1',
    )
    t.match(headers, { Application: 'detect_speech', 'Answer-State': 'answered' })
    t.equal(await s.esl.api(`uuid_buglist ${uuid}`), '<media-bugs>\n</media-bugs>\n')
  },
)

t.test('keys: the event, the end of a playback, and INFO', async t => {
  const s = await startTestSwitch(t)
  const { uuid, caller } = await parkedCaller(s)
  await s.esl.execute(uuid, 'playback', '/menu.wav')
  await s.esl.next('PLAYBACK_START')
  s.media.emit({ type: 'digit', port: audio(1), digit: '1', durationMs: 100 })
  t.match((await s.esl.next('DTMF')).headers, {
    'DTMF-Digit': '1',
    'DTMF-Duration': '800',
    'Unique-ID': uuid,
  })
  t.equal(s.media.plays.size, 1, 'the prompt goes on')
  caller.handler().onInfo('application/dtmf-relay', 'Signal=*\r\nDuration=250\r\n')
  t.match((await s.esl.next('DTMF')).headers, { 'DTMF-Digit': '*', 'DTMF-Duration': '2000' })
  t.equal(
    (await s.esl.next('PLAYBACK_STOP')).headers['Playback-Status'],
    'break',
    'a star ends it, as in FreeSWITCH',
  )
  t.equal(await s.esl.api(`uuid_send_dtmf ${uuid} 12#@160`), `+OK ${uuid} sent DTMF 12#@160.\n`)
  t.same(s.media.calls.at(-1), ['sendDigits', audio(1), '12#', 160])
  t.equal(await s.esl.api(`uuid_send_dtmf ${uuid} x`), '-ERR Operation failed\n')
  t.equal(caller.handler().onRefer('sip:0085290000000@evil'), 603, 'REFER makes no leg')
  t.equal(s.sip.phones.length, 0)
})

t.test('an agent is rung, bridged, held, and parted again', async t => {
  const s = await startTestSwitch(t)
  const { uuid: callerUuid, caller } = await parkedCaller(s)
  const { phone, uuid } = await answeredPhone(
    s,
    ",origination_caller_id_number=13800000001,sip_h_Call-Info='<sip:x>;answer-after=0',sip_h_X-Hotline-Call=abc",
  )
  t.same(phone.options.headers, [
    ['Call-Info', '<sip:x>;answer-after=0'],
    ['X-Hotline-Call', 'abc'],
  ])
  t.equal(phone.options.fromUser, '13800000001')
  const job = await s.esl.next('BACKGROUND_JOB')
  t.match(job.body, `+OK ${uuid}\n`)

  t.equal(await s.esl.api(`uuid_bridge ${callerUuid} ${uuid}`), `+OK ${uuid}\n`)
  const bridged = await s.esl.next('CHANNEL_BRIDGE')
  t.match(bridged.headers, {
    'Bridge-A-Unique-ID': callerUuid,
    'Bridge-B-Unique-ID': uuid,
    'Other-Leg-Unique-ID': uuid,
  })
  t.equal(s.media.bridges.size, 2)
  t.match(await s.esl.api('show calls as json'), /"row_count":1/)

  t.equal(await s.esl.api(`uuid_hold ${uuid}`), '+OK Success\n')
  t.equal((await s.esl.next('CHANNEL_HOLD')).headers['Unique-ID'], uuid)
  t.equal(s.media.held.get(audio(1)), '/media/music.wav', 'the caller hears music')
  t.match(
    await eventually(() => phone.sent.find(([what]) => what === 'reinvite')?.[1]),
    /a=sendonly/,
  )
  t.equal(await s.esl.api(`uuid_hold ${uuid}`), '-ERR Operation failed\n', 'held already')
  phone.reinviteAnswer = { sdp: withDirection('sendrecv') }
  await s.esl.api(`uuid_hold off ${uuid}`)
  await s.esl.next('CHANNEL_UNHOLD')
  t.equal(s.media.held.size, 0)

  const answer = await caller.handler().onReoffer(withDirection('sendonly'))
  t.match(answer, { sdp: /a=recvonly/ }, 'the caller holds us')
  t.equal((await s.esl.next('CHANNEL_HOLD')).headers['Unique-ID'], callerUuid)
  t.equal(s.media.held.get(audio(2)), '/media/music.wav', 'the agent hears music')
  await caller.handler().onReoffer(withDirection('sendrecv'))
  await s.esl.next('CHANNEL_UNHOLD')

  phone.handler().onBye([])
  await s.esl.next('CHANNEL_UNBRIDGE')
  t.equal(
    (await s.esl.next('CHANNEL_PARK')).headers['Unique-ID'],
    callerUuid,
    'the caller waits again',
  )
  await s.esl.next('CHANNEL_DESTROY', e => e.headers['Unique-ID'] === uuid)
  t.equal(await s.esl.api(`uuid_exists ${callerUuid}`), 'true')
  t.same(s.errors, [])
})

t.test('where the one left behind goes follows FreeSWITCH’s variables', async t => {
  const cases: [name: string, variables: string, expected: string][] = [
    ['nothing said: parked', '', 'CHANNEL_PARK'],
    ['hangup_after_bridge', 'hangup_after_bridge=true', 'CHANNEL_HANGUP'],
    ['park wins over hang-up', 'hangup_after_bridge=true;park_after_bridge=true', 'CHANNEL_PARK'],
    [
      'park_after_bridge=false alone is FreeSWITCH’s default',
      'park_after_bridge=false',
      'CHANNEL_HANGUP',
    ],
  ]
  for (const [name, variables, expected] of cases) {
    const s = await startTestSwitch(t)
    const { uuid: a } = await parkedCaller(s)
    const { uuid: b, phone } = await answeredPhone(s)
    if (variables !== '') await s.esl.api(`uuid_setvar_multi ${a} ${variables}`)
    await s.esl.api(`uuid_bridge ${a} ${b}`)
    await s.esl.next('CHANNEL_BRIDGE')
    phone.handler().onBye([])
    await s.esl.next('CHANNEL_UNBRIDGE')
    await s.esl.next(expected, e => e.headers['Unique-ID'] === a)
    t.pass(name)
  }
})

t.test('both legs of a bridge can be parked by one transfer', async t => {
  const s = await startTestSwitch(t)
  const { uuid: a } = await parkedCaller(s)
  const { uuid: b } = await answeredPhone(s)
  await s.esl.api(`uuid_bridge ${a} ${b}`)
  await s.esl.next('CHANNEL_BRIDGE')
  t.equal(await s.esl.api(`uuid_transfer ${a} -both park inline`), '+OK\n')
  await s.esl.next('CHANNEL_UNBRIDGE')
  const parked = [await s.esl.next('CHANNEL_PARK'), await s.esl.next('CHANNEL_PARK')]
  t.same(parked.map(event => event.headers['Unique-ID']).sort(), [a, b].sort())
  t.equal(s.media.bridges.size, 0)
  await s.esl.api(`uuid_bridge ${a} ${b}`)
  await s.esl.next('CHANNEL_BRIDGE')
  await s.esl.api(`uuid_park ${b}`)
  await s.esl.next('CHANNEL_UNBRIDGE')
  await s.esl.next('CHANNEL_PARK', e => e.headers['Unique-ID'] === a)
  await s.esl.next('CHANNEL_PARK', e => e.headers['Unique-ID'] === b)

  await s.esl.api(`uuid_bridge ${a} ${b}`)
  await s.esl.next('CHANNEL_BRIDGE')
  const [, again] = await Promise.all([
    s.esl.api(`uuid_transfer ${a} -both park inline`),
    s.esl.api(`uuid_bridge ${a} ${b}`),
  ])
  t.match(again, /^\+OK/)
  await s.esl.next('CHANNEL_BRIDGE')
  await s.esl.api('status')
  t.equal(s.media.bridges.size, 2, 'a bridge asked for right after the parking stands')
})

t.test('a destination that does not answer says why', async t => {
  const s = await startTestSwitch(t)
  t.equal(await s.esl.api('originate user/1001 &park()'), '-ERR USER_NOT_REGISTERED\n')
  t.equal(await s.esl.api('originate nonsense &park()'), '-ERR INVALID_URL\n')
  t.match(await s.esl.api('originate'), /^-USAGE/)
  const second = await s.another()
  const cases: [status: number, cause: string][] = [
    [486, 'USER_BUSY'],
    [603, 'CALL_REJECTED'],
    [404, 'UNALLOCATED_NUMBER'],
    [480, 'NO_USER_RESPONSE'],
    [503, 'NORMAL_TEMPORARY_FAILURE'],
  ]
  for (const [status, cause] of cases) {
    const reply = second.api(
      `originate {origination_uuid=leg-${status}}sofia/external/13800000000@127.0.0.1:5090 &park()`,
    )
    await s.esl.next('CHANNEL_CREATE')
    const phone = await eventually(() =>
      s.sip.phones.find(each => !each.sent.some(([what]) => what === 'done')),
    )
    phone.sent.push(['done'])
    t.match(phone.options.target, { uri: 'sip:13800000000@127.0.0.1:5090', port: 5090 })
    phone.ring()
    phone.refuse(status)
    await s.esl.next('CHANNEL_PROGRESS')
    t.equal(await reply, `-ERR ${cause}\n`)
    t.match((await s.esl.next('CHANNEL_HANGUP_COMPLETE')).headers, {
      variable_sip_term_status: String(status),
      variable_sip_hangup_disposition: 'recv_refuse',
    })
  }
  const slow = second.api('originate {originate_timeout=1}sofia/external/1@127.0.0.1 &park()')
  t.equal(await slow, '-ERR NO_ANSWER\n')
  t.equal(s.sip.phones.at(-1)?.wasCancelled(), true)
  await eventually(() => s.media.openPorts.size === 0)
})

t.test('all phones of an agent ring, the first wins, the others are cancelled', async t => {
  const s = await startTestSwitch(t)
  s.sip.register('1001')
  s.sip.register('1001', 'ws')
  await s.esl.send('bgapi originate {origination_uuid=x}user/1001@hotline &park()')
  await eventually(() => s.sip.phones.length === 2)
  const [plain, browser] = s.sip.phones
  t.equal(browser?.options.sdp, 'v=0 browser', 'the browser gets a WebRTC offer')
  plain?.refuse(486)
  browser?.accept('v=0 answer')
  await s.esl.next('CHANNEL_ANSWER')
  t.match(await s.esl.api('uuid_getvar x read_codec'), 'PCMU')
  t.match(
    s.media.calls.find(([what]) => what === 'connect'),
    ['connect', audio(1), { address: '127.0.0.1' }, { codec: 'PCMU', digitPayloadType: 126 }],
  )
  await s.esl.api('uuid_kill x')
  await s.esl.next('CHANNEL_DESTROY')

  await s.esl.send('bgapi originate {origination_uuid=y}user/1001 &park()')
  await eventually(() => s.sip.phones.length === 4)
  s.sip.phones[2]?.accept()
  await s.esl.next('CHANNEL_ANSWER')
  t.equal(s.sip.phones[3]?.wasCancelled(), true)
  t.same(s.browsers.calls.at(-1)?.[0], 'close', 'the loser’s WebRTC leg is closed')
})

t.test('a browser leg that is lost leaves its caller in place with a comfort prompt', async t => {
  const s = await startTestSwitch(t)
  const { uuid: a } = await parkedCaller(s)
  s.sip.receive({ from: '1001', to: '12393', user: '1001', offer: WEBRTC_OFFER })
  const b = (await s.esl.next('CHANNEL_PARK')).headers['Unique-ID'] ?? ''
  await s.esl.api(`uuid_answer ${b}`)
  await s.esl.api(`uuid_setvar ${a} hangup_after_bridge true`)
  await s.esl.api(`uuid_bridge ${a} ${b}`)
  await s.esl.next('CHANNEL_BRIDGE')
  s.browsers.lose('browser-1' as never)
  await s.esl.next('CHANNEL_HANGUP', e => e.headers['Unique-ID'] === b)
  await s.esl.next('CHANNEL_PARK', e => e.headers['Unique-ID'] === a)
  t.equal((await s.esl.next('PLAYBACK_START')).headers['Playback-File-Path'], '/media/comfort.wav')
  s.media.emit({ type: 'silent', port: audio(1), forMs: 300_000 })
  t.equal(
    (await s.esl.next('CHANNEL_HANGUP')).headers['Hangup-Cause'],
    'MEDIA_TIMEOUT',
    'and a caller who falls silent is gone',
  )
})

t.test('video is passed on between bridged legs that both have it', async t => {
  const s = await startTestSwitch(t)
  const { uuid: a, caller } = await parkedCaller(s, { offer: VIDEO_OFFER })
  t.equal(await s.esl.api(`uuid_getvar ${a} video_possible`), 'true')
  const { uuid: b, phone } = await answeredPhone(s, `,hotline_video_of=${a}`)
  t.match(phone.options.sdp, /m=video \d+ RTP\/AVP 96/)
  await phone.handler().onReoffer(VIDEO_OFFER)
  await s.esl.api(`uuid_bridge ${a} ${b}`)
  await s.esl.next('CHANNEL_BRIDGE')
  t.equal(s.media.bridges.size, 4, 'sound and picture')
  caller.handler().onBye([])
  await s.esl.next('CHANNEL_DESTROY')
  t.equal(s.media.bridges.size, 0)
})

t.test('an INVITE without SDP is answered with our offer', async t => {
  const s = await startTestSwitch(t)
  const { caller, uuid } = await parkedCaller(s, { offer: null })
  t.match(caller.sent[0]?.[1], /m=audio \d+ RTP\/AVP 8 0 101/)
  t.notOk(s.media.calls.some(([what]) => what === 'connect'))
  caller.handler().onLateAnswer(OFFER)
  await eventually(() => s.media.calls.find(([what]) => what === 'connect'))
  t.equal(await s.esl.api(`uuid_getvar ${uuid} read_codec`), 'PCMA')
  const { caller: other } = await parkedCaller(s, { offer: null })
  other.handler().onLateAnswer(G729_OFFER)
  t.equal((await s.esl.next('CHANNEL_HANGUP')).headers['Hangup-Cause'], 'INCOMPATIBLE_DESTINATION')
})

t.test('recording: start, mask, stop, the limit, and the end of the call', async t => {
  const s = await startTestSwitch(t, { recordingLimit: 1 })
  const { uuid } = await parkedCaller(s)
  t.equal(await s.esl.api(`uuid_record ${uuid} start /r/1.wav`), '+OK Success\n')
  t.equal((await s.esl.next('RECORD_START')).headers['Record-File-Path'], '/r/1.wav')
  t.equal(
    await s.esl.api(`uuid_record ${uuid} start /r/2.wav`),
    '-ERR Cannot record session! Recording limit reached (1).\n',
  )
  t.equal(await s.esl.api(`uuid_record ${uuid} mask /r/1.wav`), '+OK Success\n')
  t.match(await s.esl.api(`uuid_record ${uuid} mask /r/9.wav`), /^-ERR/)
  t.equal(await s.esl.api(`uuid_record ${uuid} stop /r/1.wav`), '+OK Success\n')
  t.match((await s.esl.next('RECORD_STOP')).headers, {
    'Record-File-Path': '/r/1.wav',
    variable_record_ms: '2500',
    variable_record_seconds: '2',
  })
  await s.esl.api(`uuid_record ${uuid} start /r/3.wav`)
  await s.esl.api(`uuid_kill ${uuid}`)
  await s.esl.next('RECORD_STOP', e => e.headers['Record-File-Path'] === '/r/3.wav')
  await s.esl.next('CHANNEL_HANGUP_COMPLETE')
})

t.test('rooms and supervisors', async t => {
  const s = await startTestSwitch(t)
  const { uuid: a } = await parkedCaller(s)
  const { uuid: b } = await answeredPhone(s)
  await s.esl.execute(a, 'conference', 'room1@default+flags{mute}')
  t.match(
    (await s.esl.next('CUSTOM', e => e.headers['Event-Subclass'] === 'conference::maintenance'))
      .headers,
    {
      'Conference-Name': 'room1',
      Action: 'add-member',
      'Member-ID': '1',
      Speak: 'false',
    },
  )
  t.same(s.media.calls.at(-1), ['joinRoom', audio(1), 'room1', true])
  await s.esl.api(`uuid_park ${a}`)
  t.equal(
    (await s.esl.next('CUSTOM', e => e.headers['Event-Subclass'] === 'conference::maintenance'))
      .headers['Action'],
    'del-member',
  )
  const cases: [whisperB: string, whisperA: string, mode: string][] = [
    ['false', 'false', 'listen'],
    ['true', 'false', 'whisper'],
    ['true', 'true', 'barge'],
  ]
  for (const [bleg, aleg, mode] of cases) {
    await s.esl.api(`uuid_setvar ${a} eavesdrop_whisper_bleg ${bleg}`)
    await s.esl.api(`uuid_setvar ${a} eavesdrop_whisper_aleg ${aleg}`)
    await s.esl.execute(a, 'eavesdrop', b)
    await s.esl.next('CHANNEL_EXECUTE', e => e.headers['Application'] === 'eavesdrop')
    t.same(s.media.calls.at(-1), ['eavesdrop', audio(1), audio(2), mode])
    await s.esl.api(`uuid_break ${a} all`)
    await s.esl.send(`sendevent CUSTOM\nunique-id: ${a}\neavesdrop-command: 0`)
    t.same(
      s.media.calls.at(-1),
      ['eavesdrop', audio(1), audio(2), 'listen'],
      'a break changes nothing',
    )
    await s.esl.send(`sendevent CUSTOM\nunique-id: ${a}\neavesdrop-command: *`)
    await s.esl.next('CHANNEL_EXECUTE_COMPLETE', e => e.headers['Application'] === 'eavesdrop')
  }
  await s.esl.execute(a, 'eavesdrop', b)
  await s.esl.next('CHANNEL_EXECUTE', e => e.headers['Application'] === 'eavesdrop')
  await s.esl.api(`uuid_kill ${b}`)
  await s.esl.next('CHANNEL_EXECUTE_COMPLETE', e => e.headers['Application'] === 'eavesdrop')
  t.pass('the end of the target ends the listening')
})

t.test('commands about the switch', async t => {
  const s = await startTestSwitch(t)
  const { uuid } = await parkedCaller(s)
  t.match(await s.esl.api('status'), /^UP 0 years, [\s\S]*\n1 session\(s\) since startup\n/)
  t.match(await s.esl.api('version'), /^FreeSWITCH Version 1\.10/)
  t.equal(await s.esl.api('nonsense'), '-ERR nonsense Command not found!\n')
  t.equal(await s.esl.api('constructor'), '-ERR constructor Command not found!\n')
  const shown = JSON.parse(await s.esl.api('show channels as json')) as {
    row_count: number
    rows: Record<string, string>[]
  }
  t.match(shown, {
    row_count: 1,
    rows: [{ uuid, cid_num: '13800000001', dest: '12393', callstate: 'ACTIVE' }],
  })
  t.match(await s.esl.api('show channels'), /\n1 total\.\n$/)
  t.match(await s.esl.api('show channels count'), /\n1 total\.\n$/)
  t.equal(await s.esl.api('show calls count as json'), '{"row_count":1}\n')
  t.match(await s.esl.api('show'), /^-USAGE/)
  s.sip.register('1001')
  t.match((await s.esl.next('CUSTOM')).headers, {
    'Event-Subclass': 'sofia::register',
    'from-user': '1001',
    'network-proto': 'udp',
  })
  t.match(JSON.parse(await s.esl.api('show registrations as json')), {
    row_count: 1,
    rows: [{ reg_user: '1001', network_ip: '127.0.0.1' }],
  })
  t.match(await s.esl.api('show registrations as xml'), /<reg_user>1001<\/reg_user>/)
  t.match(JSON.parse(await s.esl.api(`uuid_dump ${uuid} json`)), {
    'Unique-ID': uuid,
    'Channel-Call-State': 'ACTIVE',
  })
  t.match(await s.esl.api('create_uuid'), /^[0-9a-f-]{36}$/)
  t.equal(await s.esl.api(`uuid_getvar ${uuid} nothing`), '_undef_')
  t.equal(await s.esl.api(`uuid_audio ${uuid} start read mute 1`), '+OK\n')
  t.same(s.media.calls.at(-1), ['mute', audio(1), true])
  t.equal(await s.esl.api(`uuid_deflect ${uuid} sip:x@y`), '-ERR Deflecting is not allowed here\n')
  await s.esl.api('fsctl pause inbound')
  t.same(s.sip.receive({}).answers, ['reject 503'])
  t.equal(await s.esl.api('fsctl ready_check'), 'false')
  await s.esl.api('fsctl resume')
  s.config = { ...s.config, publishedNumbers: ['12345'] }
  t.equal(await s.esl.api('reloadxml'), '+OK [Success]\n')
  t.same(s.sip.receive({}).answers, ['reject 404'], 'the reloaded numbers count at once')
  t.equal(
    await s.esl.api('hupall MANAGER_REQUEST colour red'),
    '+OK hangup all channels matching [colour]=[red] with cause: MANAGER_REQUEST\n',
  )
  t.equal(await s.esl.api(`uuid_exists ${uuid}`), 'true')
  await s.esl.api('hupall')
  t.equal((await s.esl.next('CHANNEL_HANGUP')).headers['Hangup-Cause'], 'MANAGER_REQUEST')
  t.match(await s.esl.api('sched_api +0 job hupall'), /^\+OK Added: \d+/)
  t.equal(await s.esl.api('hotline_ban list'), '[]\n')
})

t.test('wrong passwords wait, then are banned, and a ban can be lifted', async t => {
  const s = await startTestSwitch(t)
  const source = { transport: 'udp', address: '192.0.2.9', port: 5060 } as const
  const { gate } = s.sip.options
  // The waits themselves are proven in the admission tests; here nobody waits for them.
  const waits = Array.from({ length: 10 }, () => gate.onBadCredentials(source, '1001'))
  t.equal(gate.onRequest('REGISTER', source), 'drop')
  t.match(JSON.parse(await s.esl.api('hotline_ban list')), [{ source: '192.0.2.9', failures: 10 }])
  t.equal(await s.esl.api('hotline_ban del 192.0.2.9'), '+OK\n')
  t.equal(gate.onRequest('REGISTER', source), 'pass')
  await s.switch.close()
  await Promise.all(waits)
  t.pass('the waits end with the switch')
})

t.test('ports used up refuse calls, and the switch lives', async t => {
  const s = await startTestSwitch(t)
  s.media.exhaust()
  const caller = s.sip.receive({})
  await eventually(() => caller.answers[0])
  t.same(caller.answers, ['reject 503'])
  t.equal(
    await s.esl.api('originate sofia/x/1@127.0.0.1 &park()'),
    '-ERR NORMAL_CIRCUIT_CONGESTION\n',
  )
})
