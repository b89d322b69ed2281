import t from 'tap'
import type { CallEvent } from '../../../telephony/call/event.ts'
import { legId } from '../../../telephony/call/id.ts'
import { decodeValue, toEslEvent, toEslEventOfJson } from '../../../telephony/esl/event.ts'
import { toNumber } from '../../../telephony/trunk/number.ts'
import { toPicture, toRegistrations } from '../../../telephony/esl/picture.ts'
import { factsOf, toLegSnapshot } from '../../../telephony/esl/snapshot.ts'
import { CUSTOM_EVENTS, EVENTS, translate } from '../../../telephony/esl/translate.ts'
import { eventText, type Headers } from '../../fixtures/fake-switch.ts'

// Headers as FreeSWITCH 1.10 sends them, shortened to those that bear on us and some that could mislead.
const leg: Headers = {
  'Core-UUID': '0a3ee3b8-0f4a-4e0c-9c3d-2f1c7c1f2c11',
  'FreeSWITCH-Hostname': 'sw1',
  'Event-Date-Local': '2025-12-22 00:00:00',
  'Event-Date-Timestamp': '1766332800123456',
  'Event-Sequence': '4711',
  'Channel-State': 'CS_EXECUTE',
  'Channel-Call-State': 'ACTIVE',
  'Channel-Name': 'sofia/internal/013812345678@10.1.2.3',
  'Unique-ID': '5f8c3c1e-7f0e-4c46-8b0c-0123456789ab',
  'Call-Direction': 'inbound',
  'Caller-Username': '013812345678',
  'Caller-Caller-ID-Name': '张三',
  'Caller-Caller-ID-Number': '+8613812345678',
  'Caller-Destination-Number': '12393',
  'Caller-Network-Addr': '10.1.2.3',
  variable_sip_call_id: '3c2f4%@10.1.2.3',
  variable_sip_network_ip: '10.1.2.3',
  variable_switch_r_sdp: 'v=0\r\nm=audio 4000 RTP/AVP 8 101\r\nm=video 0 RTP/AVP 99\r\n',
}
const uuid = '5f8c3c1e-7f0e-4c46-8b0c-0123456789ab'
const agentLeg = '9d1b7a52-1111-4222-8333-abcdefabcdef'
const happened = { at: 1766332800123, legId: uuid, callId: uuid }
const signalled = { ...happened, sipCallId: '3c2f4%@10.1.2.3' }

const read = (headers: Headers, body = '') => translate(toEslEvent(eventText(headers, body)))

const cases: [name: string, headers: Headers, expected: readonly object[]][] = [
  [
    'a caller comes in',
    { 'Event-Name': 'CHANNEL_CREATE', ...leg },
    [
      {
        type: 'leg-created',
        ...happened,
        direction: 'inbound' as const,
        callerNumber: '13812345678',
        calledNumber: '12393',
        sipCallId: '3c2f4%@10.1.2.3',
        networkAddress: '10.1.2.3',
        video: false,
      },
    ],
  ],
  [
    'the edge plays its announcement: no caller of ours',
    { 'Event-Name': 'CHANNEL_CREATE', ...leg, 'Caller-Context': 'announcement' },
    [],
  ],
  [
    'an agent with the right digest calls, with video',
    {
      'Event-Name': 'CHANNEL_CREATE',
      ...leg,
      variable_user_name: '1001',
      variable_switch_r_sdp: 'v=0\r\nm=video 5004 RTP/AVP 99\r\n',
    },
    [
      {
        type: 'leg-created',
        ...happened,
        direction: 'inbound' as const,
        callerNumber: '13812345678',
        calledNumber: '12393',
        authenticatedAgent: '1001',
        sipCallId: '3c2f4%@10.1.2.3',
        networkAddress: '10.1.2.3',
        video: true,
      },
    ],
  ],
  [
    "a leg of ours belongs to the call we named, and is nobody's login",
    {
      'Event-Name': 'CHANNEL_CREATE',
      ...leg,
      'Unique-ID': agentLeg,
      'Call-Direction': 'outbound',
      variable_hotline_call: uuid,
      variable_user_name: '1001',
    },
    [
      {
        type: 'leg-created',
        at: happened.at,
        legId: agentLeg,
        callId: uuid,
        direction: 'outbound',
        callerNumber: '13812345678',
        calledNumber: '12393',
        sipCallId: '3c2f4%@10.1.2.3',
        networkAddress: '10.1.2.3',
        video: false,
      },
    ],
  ],
  [
    "the agent's phone rings",
    { 'Event-Name': 'CHANNEL_PROGRESS', ...leg, 'Call-Direction': 'outbound' },
    [{ type: 'leg-rang', ...signalled }],
  ],
  [
    'early media is ringing too',
    { 'Event-Name': 'CHANNEL_PROGRESS_MEDIA', ...leg, 'Call-Direction': 'outbound' },
    [{ type: 'leg-rang', ...signalled }],
  ],
  ['our own 180 to a caller is no fact', { 'Event-Name': 'CHANNEL_PROGRESS', ...leg }, []],
  [
    'answered',
    { 'Event-Name': 'CHANNEL_ANSWER', ...leg },
    [{ type: 'leg-answered', ...signalled }],
  ],
  ['parked', { 'Event-Name': 'CHANNEL_PARK', ...leg }, [{ type: 'leg-parked', ...happened }]],
  [
    'bridged',
    {
      'Event-Name': 'CHANNEL_BRIDGE',
      ...leg,
      'Bridge-A-Unique-ID': uuid,
      'Bridge-B-Unique-ID': agentLeg,
    },
    [{ type: 'legs-bridged', ...happened, otherLegId: agentLeg }],
  ],
  [
    'bridged, told by the B side',
    {
      'Event-Name': 'CHANNEL_BRIDGE',
      ...leg,
      'Bridge-A-Unique-ID': agentLeg,
      'Bridge-B-Unique-ID': uuid,
    },
    [{ type: 'legs-bridged', ...happened, otherLegId: agentLeg }],
  ],
  [
    'unbridged without bridge headers',
    { 'Event-Name': 'CHANNEL_UNBRIDGE', ...leg, variable_last_bridge_to: agentLeg },
    [{ type: 'legs-unbridged', ...happened, otherLegId: agentLeg }],
  ],
  ['unbridged from nobody known', { 'Event-Name': 'CHANNEL_UNBRIDGE', ...leg }, []],
  ['held', { 'Event-Name': 'CHANNEL_HOLD', ...leg }, [{ type: 'leg-held', ...happened }]],
  [
    'retrieved',
    { 'Event-Name': 'CHANNEL_UNHOLD', ...leg },
    [{ type: 'leg-retrieved', ...happened }],
  ],
  [
    'a digit of 250 ms',
    {
      'Event-Name': 'DTMF',
      ...leg,
      'DTMF-Digit': '5',
      'DTMF-Duration': '2000',
      'DTMF-Source': 'RTP',
    },
    [{ type: 'digit-pressed', ...happened, digit: '5', durationMs: 250 }],
  ],
  [
    'a small letter digit',
    { 'Event-Name': 'DTMF', ...leg, 'DTMF-Digit': 'd' },
    [{ type: 'digit-pressed', ...happened, digit: 'D', durationMs: 0 }],
  ],
  ['a flash is no digit', { 'Event-Name': 'DTMF', ...leg, 'DTMF-Digit': 'F' }, []],
  [
    'a prompt begins',
    { 'Event-Name': 'CHANNEL_EXECUTE', ...leg, Application: 'playback', 'Application-UUID': 'p1' },
    [{ type: 'play-started', ...happened, playId: 'p1' }],
  ],
  [
    'a prompt ends',
    {
      'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
      ...leg,
      Application: 'playback',
      'Application-Response': 'FILE PLAYED',
      'Application-UUID': 'p1',
    },
    [{ type: 'play-ended', ...happened, playId: 'p1', outcome: 'finished' }],
  ],
  [
    'a prompt is missing',
    {
      'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
      ...leg,
      Application: 'playback',
      'Application-Response': 'FILE NOT FOUND',
      'Application-UUID': 'p1',
    },
    [{ type: 'play-ended', ...happened, playId: 'p1', outcome: 'failed' }],
  ],
  [
    'a prompt is broken',
    {
      'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
      ...leg,
      Application: 'playback',
      'Application-Response': 'PLAYBACK ERROR',
      'Application-UUID': 'p1',
    },
    [{ type: 'play-ended', ...happened, playId: 'p1', outcome: 'failed' }],
  ],
  [
    'a prompt is cut by the end of the leg',
    {
      'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
      ...leg,
      Application: 'playback',
      'Application-Response': '_none_',
      'Application-UUID': 'p1',
    },
    [{ type: 'play-ended', ...happened, playId: 'p1', outcome: 'stopped' }],
  ],
  [
    'endless music only ever stops',
    {
      'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
      ...leg,
      Application: 'endless_playback',
      'Application-Response': 'FILE PLAYED',
      'Application-UUID': 'p1',
    },
    [{ type: 'play-ended', ...happened, playId: 'p1', outcome: 'stopped' }],
  ],
  [
    'park is no prompt',
    { 'Event-Name': 'CHANNEL_EXECUTE', ...leg, Application: 'park', 'Application-UUID': 'p1' },
    [],
  ],
  [
    'a recording begins',
    { 'Event-Name': 'RECORD_START', ...leg, 'Record-File-Path': '/rec/a.wav' },
    [{ type: 'recording-started', ...happened, path: '/rec/a.wav' }],
  ],
  [
    'a recording ends',
    {
      'Event-Name': 'RECORD_STOP',
      ...leg,
      'Record-File-Path': '/rec/a.wav',
      variable_record_ms: '61234',
      variable_record_seconds: '61',
    },
    [{ type: 'recording-stopped', ...happened, path: '/rec/a.wav', durationMs: 61234 }],
  ],
  [
    'a recording fails',
    {
      'Event-Name': 'RECORD_STOP',
      ...leg,
      'Record-File-Path': '/rec/a.wav',
      variable_record_seconds: '2',
      'Record-Completion-Cause': 'uri-failure',
    },
    [
      {
        type: 'recording-stopped',
        ...happened,
        path: '/rec/a.wav',
        durationMs: 2000,
        fault: 'uri-failure',
      },
    ],
  ],
  [
    'a recording fails, and the switch says why',
    {
      'Event-Name': 'RECORD_STOP',
      ...leg,
      'Record-File-Path': '/rec/a.wav',
      variable_record_ms: '2000',
      'Record-Completion-Cause': 'uri-failure',
      'Record-Fault': 'ENOSPC: no space left on device',
    },
    [
      {
        type: 'recording-stopped',
        ...happened,
        path: '/rec/a.wav',
        durationMs: 2000,
        fault: 'ENOSPC: no space left on device',
      },
    ],
  ],
  [
    'a recording reaches its limit, which is no fault',
    {
      'Event-Name': 'RECORD_STOP',
      ...leg,
      'Record-File-Path': '/rec/a.wav',
      'Record-Completion-Cause': 'success-maxtime',
    },
    [{ type: 'recording-stopped', ...happened, path: '/rec/a.wav', durationMs: 0 }],
  ],
  [
    'the caller hangs up, with figures',
    {
      'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
      ...leg,
      'Hangup-Cause': 'NORMAL_CLEARING',
      variable_sip_term_status: '200',
      variable_sip_hangup_disposition: 'recv_bye',
      variable_rtp_audio_in_packet_count: '3000',
      variable_rtp_audio_out_packet_count: '2990',
      variable_rtp_audio_in_skip_packet_count: '7',
      variable_rtp_audio_in_jitter_max_variance: '6.25',
    },
    [
      {
        type: 'leg-ended',
        ...signalled,
        cause: 'normal',
        endedBy: 'far-end',
        quality: { packetsIn: 3000, packetsOut: 2990, lost: 7, jitterMs: 2.5 },
      },
    ],
  ],
  [
    'we hang up',
    {
      'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
      ...leg,
      'Hangup-Cause': 'NORMAL_CLEARING',
      variable_sip_hangup_disposition: 'send_bye',
    },
    [{ type: 'leg-ended', ...signalled, cause: 'normal', endedBy: 'switch' }],
  ],
  [
    'the phone is busy',
    {
      'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
      ...leg,
      'Hangup-Cause': 'USER_BUSY',
      variable_sip_invite_failure_status: '486',
      variable_sip_hangup_disposition: 'recv_refuse',
    },
    [{ type: 'leg-ended', ...signalled, cause: 'busy', sipStatus: 486, endedBy: 'far-end' }],
  ],
  [
    'a cause we have no word for, with a status',
    {
      'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
      ...leg,
      'Hangup-Cause': 'NO_ROUTE_DESTINATION',
      variable_sip_term_status: '404',
    },
    [
      {
        type: 'leg-ended',
        ...signalled,
        cause: 'unknown-number',
        sipStatus: 404,
        endedBy: 'switch',
      },
    ],
  ],
  [
    'a cause we have no word for',
    { 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', ...leg, 'Hangup-Cause': 'MYSTERY' },
    [{ type: 'leg-ended', ...signalled, cause: 'failed', endedBy: 'switch' }],
  ],
  [
    'a browser registers',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::register',
      'Event-Date-Timestamp': '1766332800123456',
      'from-user': '1001',
      contact: '<sip:x@abc.invalid;transport=ws>',
      status: 'Registered(WS-NAT)',
    },
    [{ type: 'phone-registered', at: happened.at, agentId: '1001', transport: 'ws' }],
  ],
  [
    'a desk phone registers',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::register',
      'Event-Date-Timestamp': '1766332800123456',
      'from-user': '1002',
      contact: '<sip:1002@10.0.0.9:5060>',
    },
    [{ type: 'phone-registered', at: happened.at, agentId: '1002', transport: 'udp' }],
  ],
  [
    'a phone goes',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::unregister',
      'Event-Date-Timestamp': '1766332800123456',
      'from-user': '1001',
    },
    [{ type: 'phone-unregistered', at: happened.at, agentId: '1001' }],
  ],
  [
    'a registration runs out',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::expire',
      'Event-Date-Timestamp': '1766332800123456',
      user: '1001',
      username: '1001',
    },
    [{ type: 'phone-unregistered', at: happened.at, agentId: '1001' }],
  ],
  [
    'a wrong password for a phone',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::register_failure',
      'Event-Date-Timestamp': '1766332800123456',
      'to-user': '1001',
      'network-ip': '198.51.100.7',
    },
    [{ type: 'phone-refused', at: happened.at, networkAddress: '198.51.100.7' }],
  ],
  ['a registration of nobody', { 'Event-Name': 'CUSTOM', 'Event-Subclass': 'sofia::register' }, []],
  [
    'a call is blocked',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'hotline::blocked',
      'Event-Date-Timestamp': '1766332800123456',
      'Unique-ID': 'b1',
      'Hotline-Caller': 'sip:+8613812345678@x',
      'Hotline-Number': '12393',
      'Hotline-Reason': 'all-lines-busy',
      'Hotline-Counted': 'false',
    },
    [
      {
        type: 'call-blocked',
        at: happened.at,
        callId: 'b1',
        callerNumber: '13812345678',
        calledNumber: '12393',
        reason: 'all-lines-busy',
        counted: false,
      },
    ],
  ],
  [
    'a blocked call without an id has its own',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'hotline::blocked',
      'Core-UUID': 'core',
      'Event-Sequence': '9',
      'Event-Date-Timestamp': '1766332800123456',
      'Hotline-Caller': '',
      'Hotline-Number': '12393',
      'Hotline-Reason': 'flood',
      'Hotline-Counted': 'true',
    },
    [
      {
        type: 'call-blocked',
        at: happened.at,
        callId: 'core-9',
        callerNumber: '',
        calledNumber: '12393',
        reason: 'flood',
        counted: true,
      },
    ],
  ],
  [
    'blocked for a reason we do not know',
    { 'Event-Name': 'CUSTOM', 'Event-Subclass': 'hotline::blocked', 'Hotline-Reason': 'weather' },
    [],
  ],
  [
    'a gateway that does not answer its OPTIONS',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::gateway_state',
      'Event-Date-Timestamp': '1766332800123456',
      Gateway: 'main',
      State: 'NOREG',
      'Ping-Status': 'DOWN',
      Phrase: 'Request Timeout',
      Status: '408',
    },
    [
      {
        type: 'trunk-state',
        at: happened.at,
        trunk: 'main',
        registration: 'none',
        ping: 'down',
        status: 408,
      },
    ],
  ],
  [
    'a gateway that is registered',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::gateway_state',
      'Event-Date-Timestamp': '1766332800123456',
      Gateway: 'ims-2',
      State: 'REGED',
      'Ping-Status': 'UP',
    },
    [
      {
        type: 'trunk-state',
        at: happened.at,
        trunk: 'ims-2',
        registration: 'registered',
        ping: 'up',
      },
    ],
  ],
  [
    'a gateway that was refused',
    {
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'sofia::gateway_state',
      'Event-Date-Timestamp': '1766332800123456',
      Gateway: 'ims-2',
      State: 'FAIL_WAIT',
      'Ping-Status': 'DOWN',
    },
    [
      {
        type: 'trunk-state',
        at: happened.at,
        trunk: 'ims-2',
        registration: 'failed',
        ping: 'down',
      },
    ],
  ],
  ['an event without a leg', { 'Event-Name': 'CHANNEL_ANSWER' }, []],
  ['an event nobody asked for', { 'Event-Name': 'RE_SCHEDULE', ...leg }, []],
]

t.test('what the switch says, in our words', async t => {
  for (const [name, headers, expected] of cases) t.same(read(headers), expected, name)
})

t.test('every event subscribed to is translated or a job', async t => {
  const told = new Set(
    cases
      .filter(([, , expected]) => expected.length > 0)
      .map(([, headers]) => headers['Event-Subclass'] ?? headers['Event-Name']),
  )
  t.same(
    [...EVENTS, ...CUSTOM_EVENTS].filter(name => !told.has(name)),
    // What was understood is told by the book of detections (detections.test.ts); a new gateway is asked about.
    ['DETECTED_SPEECH', 'BACKGROUND_JOB', 'sofia::gateway_add'],
  )
  t.notOk((EVENTS as readonly string[]).includes('ALL'))
})

t.test('values are decoded as far as they can be', async t => {
  const values: [string, string][] = [
    ['plain', 'plain'],
    ['50%', '50%'],
    ['50% bad %zz', '50% bad %zz'],
    ['a%20b', 'a b'],
    ['%E5%BC%A0%E4%B8%89', '张三'],
    ['100% %E5%BC%A0', '100% 张'],
    ['%E5%BC', Buffer.from('e5bc', 'hex').toString()],
    ['%', '%'],
  ]
  for (const [sent, read] of values) t.equal(decodeValue(sent), read, sent)
})

t.test('a header is found by its whole name only', async t => {
  const event = toEslEvent(
    'Event-Name: CUSTOM\nX-Unique-ID: wrong\nunique-id: wrong\nUnique-ID: right\nEmpty: \n\nUnique-ID: body',
  )
  t.equal(event.get('Unique-ID'), 'right')
  t.equal(event.get('Empty'), '')
  t.equal(event.get('Missing'), undefined)
  t.equal(event.body, 'Unique-ID: body')
  t.equal(toEslEvent('').name, '')
  t.equal(toEslEventOfJson('{"Unique-ID":"a","__proto__":"x"}')?.get('Unique-ID'), 'a')
  t.equal(toEslEventOfJson('{}')?.get('toString'), undefined)
  t.equal(toEslEventOfJson('[1]'), undefined)
  t.equal(toEslEventOfJson('-ERR No such channel!\n'), undefined)
})

t.test('one number has one form', async t => {
  const numbers: [raw: string, number: string][] = [
    ['13812345678', '13812345678'],
    ['+8613812345678', '13812345678'],
    ['008613812345678', '13812345678'],
    ['8613812345678', '13812345678'],
    ['013812345678', '13812345678'],
    ['tel:+86-138-1234-5678', '13812345678'],
    ['tel:+86-571-88888888;phone-context=x', '057188888888'],
    ['+861088888888', '01088888888'],
    ['+86057188888888', '057188888888'],
    ['057188888888', '057188888888'],
    ['(0571) 8888-8888', '057188888888'],
    ['+864001234567', '4001234567'],
    ['+8612393', '12393'],
    ['sip:01088888888@10.0.0.1:5060;user=phone', '01088888888'],
    ['"Zhang" <sip:+8613812345678@ims.example>', '13812345678'],
    ['<tel:+8613812345678>', '13812345678'],
    ['+14155550123', '+14155550123'],
    ['0014155550123', '+14155550123'],
    ['1001', '1001'],
    ['sipp', 'sipp'],
    ['anonymous', ''],
    ['sip:anonymous@anonymous.invalid', ''],
    ['Restricted', ''],
    ['0000000000', ''],
    ['', ''],
    ['x'.repeat(100), 'x'.repeat(64)],
    ["1'drop{},\n", '1drop'],
  ]
  for (const [raw, number] of numbers) t.equal(toNumber(raw), number, raw || 'empty')
})

t.test('what the switch shows becomes a picture', async t => {
  const channels = JSON.stringify({
    row_count: 3,
    rows: [
      { uuid: 'a', callstate: 'ACTIVE', state: 'CS_EXECUTE', application: 'park' },
      { uuid: 'b', callstate: 'ACTIVE', state: 'CS_EXCHANGE_MEDIA', application: '' },
      { uuid: 'c', callstate: 'RINGING', state: 'CS_ROUTING', application: '' },
      { uuid: 'd', callstate: 'HANGUP', state: 'CS_HANGUP', application: '' },
      { nonsense: 1 },
    ],
  })
  const calls = JSON.stringify({
    row_count: 2,
    rows: [
      { uuid: 'a', b_uuid: 'b' },
      { uuid: 'c', b_uuid: '' },
    ],
  })
  t.same(
    [...(toPicture(channels, calls) ?? [])],
    [
      [
        'a',
        {
          legId: 'a',
          direction: 'inbound' as const,
          callState: 'ACTIVE',
          parked: false,
          bridgedTo: 'b',
        },
      ],
      [
        'b',
        {
          legId: 'b',
          direction: 'inbound' as const,
          callState: 'ACTIVE',
          parked: false,
          bridgedTo: 'a',
        },
      ],
      ['c', { legId: 'c', direction: 'inbound' as const, callState: 'RINGING', parked: false }],
    ],
  )
  t.equal(
    toPicture('{"row_count":0}', '{"row_count":0}')?.size,
    0,
    'FreeSWITCH leaves the rows out',
  )
  for (const bad of ['', '-ERR', 'null', '[]', '{"rows":7}'])
    t.equal(toPicture(bad, '{"row_count":0}'), undefined, bad)
  t.same(
    [
      ...(toRegistrations(
        '{"rows":[{"reg_user":"1001","network_proto":"WS"},{"reg_user":"1002"}]}',
      ) ?? []),
    ],
    [
      ['1001', 'ws'],
      ['1002', 'udp'],
    ],
  )
})

t.test('a dump becomes a snapshot, and the snapshot the facts behind it', async t => {
  const dump = JSON.stringify({
    ...leg,
    'Event-Name': 'CHANNEL_DATA',
    variable_hotline_call: 'call-1',
    variable_flow: 'main',
    variable_odd: 7,
    'Caller-Channel-Created-Time': '1766332700000000',
    'Caller-Channel-Answered-Time': '1766332701500000',
  })
  const seen = {
    legId: legId(uuid),
    direction: 'inbound' as const,
    callState: 'HELD',
    parked: false,
    bridgedTo: legId(agentLeg),
  }
  const snapshot = toLegSnapshot(dump, seen)
  if (!snapshot) return t.fail('no snapshot')
  t.match(snapshot, {
    legId: uuid,
    callId: 'call-1',
    state: 'bridged',
    held: true,
    bridgedTo: agentLeg,
    createdAt: 1766332700000,
    answeredAt: 1766332701500,
  })
  t.match(snapshot.variables, { hotline_call: 'call-1', flow: 'main', odd: '7' })
  t.same(
    factsOf(snapshot, 5).map((fact: CallEvent) => [fact.type, fact.at]),
    [
      ['leg-created', 1766332700000],
      ['leg-answered', 1766332701500],
      ['legs-bridged', 5],
      ['leg-held', 5],
    ],
  )
  t.match(
    toLegSnapshot(JSON.stringify({ ...leg, 'Caller-Channel-Answered-Time': '0' }), {
      legId: legId(uuid),
      direction: 'inbound' as const,
      callState: 'RINGING',
      parked: false,
    }),
    { state: 'ringing' },
  )
  t.equal(toLegSnapshot('-ERR No such channel!', seen), undefined)
})

t.test('what an INVITE says is told as it stands', async t => {
  const [told] = read({
    'Event-Name': 'CHANNEL_CREATE',
    ...leg,
    'Call-Direction': 'inbound',
    variable_sip_from_user: 'anonymous',
    variable_sip_to_user: '059112393',
    variable_sip_req_user: 'gw+main',
    variable_sip_gateway: 'main',
    'variable_sip_P-Asserted-Identity': '+8613812345678',
    variable_sip_Privacy: 'none',
    variable_sip_h_Diversion: '<sip:059187654321@ims>;reason=unconditional',
    variable_sip_history_info: '<sip:a@ims>;index=1, <sip:b@ims>;index=1.1',
    'variable_sip_h_X-Hotline-Trunk': 'other',
  })
  t.match(told, {
    type: 'leg-created',
    gateway: 'main',
    said: {
      from: 'anonymous',
      to: '059112393',
      requestUser: 'gw+main',
      asserted: '+8613812345678',
      privacy: 'none',
      diversion: '<sip:059187654321@ims>;reason=unconditional',
      historyInfo: '<sip:a@ims>;index=1, <sip:b@ims>;index=1.1',
      trunk: 'other',
    },
  })
})
