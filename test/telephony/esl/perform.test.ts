import t from 'tap'
import type { CallCommand } from '../../../telephony/call/command.ts'
import type { CallEvent, LegEvent } from '../../../telephony/call/event.ts'
import { agentId, callId, legId, playId } from '../../../telephony/call/id.ts'
import { type Legs, NO_LEGS } from '../../../telephony/call/leg.ts'
import { reduceLegs } from '../../../telephony/call/reduce.ts'
import { toEslAddress } from '../../../telephony/esl/address.ts'
import { backoffMs } from '../../../telephony/esl/backoff.ts'
import { toWire } from '../../../telephony/esl/command.ts'
import { toEslEvent } from '../../../telephony/esl/event.ts'
import { createMediaFolder } from '../../../telephony/esl/media-folder.ts'
import { createOriginations } from '../../../telephony/esl/origination.ts'
import { toEsl } from '../../../telephony/esl/perform.ts'
import { createPhoneBook } from '../../../telephony/esl/phone-book.ts'
import { type Picture, toPicture } from '../../../telephony/esl/picture.ts'
import { createPlayBook } from '../../../telephony/esl/play-book.ts'
import { reconcile } from '../../../telephony/esl/reconcile.ts'
import { eventText } from '../../fixtures/fake-switch.ts'

const id = legId('leg-1')
const other = legId('leg-2')
const call = callId('call-1')
const wire = (command: CallCommand) => toEsl(command).map(step => toWire(step.command))
const originate = {
  type: 'originate-leg',
  legId: id,
  callId: call,
  to: { kind: 'agent', agentId: agentId('1001') },
  callerNumber: '13812345678',
  callerName: '张 三',
  timeoutMs: 19_500,
  autoAnswer: true,
} as const satisfies CallCommand

t.test('each command in the words of the event socket', async t => {
  const cases: [CallCommand, string[]][] = [
    [{ type: 'answer-leg', legId: id }, ['api uuid_answer leg-1']],
    [{ type: 'hang-up-leg', legId: id, cause: 'busy' }, ['api uuid_kill leg-1 USER_BUSY']],
    [
      { type: 'play', legId: id, playId: playId('p1'), files: ['/media/欢迎 词.wav'], loop: false },
      [
        'sendmsg leg-1\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: /media/欢迎 词.wav\nEvent-UUID: p1\nevent-lock: true',
      ],
    ],
    [
      { type: 'play', legId: id, playId: playId('p1'), files: ['/a.wav', '/b.wav'], loop: false },
      [
        'sendmsg leg-1\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: file_string:///a.wav!/b.wav\nEvent-UUID: p1\nevent-lock: true',
      ],
    ],
    [
      {
        type: 'play',
        legId: id,
        playId: playId('p1'),
        files: ['tone_stream://%(1000,4000,450)'],
        loop: true,
      },
      [
        'sendmsg leg-1\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: tone_stream://%(1000,4000,450)\nEvent-UUID: p1\nevent-lock: true\nloops: -1',
      ],
    ],
    [{ type: 'stop-play', legId: id }, ['api uuid_break leg-1 all']],
    [
      originate,
      [
        'bgapi originate {origination_uuid=leg-1,hotline_call=call-1,originate_timeout=20,ignore_early_media=true,' +
          'hangup_after_bridge=false,park_after_bridge=true,hold_hangup_xfer_exten=park:inline,outbound_redirect_fatal=true,' +
          'origination_caller_id_number=13812345678,origination_caller_id_name=张_三,' +
          "sip_h_X-Hotline-Call=call-1,sip_h_Call-Info='<sip:hotline>;answer-after=0'}user/1001 &park()\nJob-UUID: leg-1",
      ],
    ],
    [
      {
        type: 'originate-leg',
        legId: id,
        callId: call,
        to: { kind: 'number', number: '057188888888', trunk: 'main' },
        callerNumber: '',
        timeoutMs: 30_000,
        autoAnswer: true,
      },
      [
        'bgapi originate {origination_uuid=leg-1,hotline_call=call-1,originate_timeout=30,ignore_early_media=true,' +
          'hangup_after_bridge=false,park_after_bridge=true,hold_hangup_xfer_exten=park:inline,outbound_redirect_fatal=true,' +
          'sip_cid_type=none}sofia/gateway/main/057188888888 &park()\nJob-UUID: leg-1',
      ],
    ],
    [{ type: 'bridge-legs', legId: id, otherLegId: other }, ['api uuid_bridge leg-1 leg-2']],
    [{ type: 'park-legs', legId: id }, ['api uuid_transfer leg-1 -both park inline']],
    [{ type: 'hold-leg', legId: id }, ['api uuid_hold leg-1']],
    [{ type: 'retrieve-leg', legId: id }, ['api uuid_hold off leg-1']],
    [{ type: 'mute-leg', legId: id, muted: true }, ['api uuid_audio leg-1 start read mute 1']],
    [{ type: 'mute-leg', legId: id, muted: false }, ['api uuid_audio leg-1 stop']],
    [
      { type: 'start-recording', legId: id, path: '/rec/1.wav' },
      ['api uuid_setvar leg-1 RECORD_STEREO true', 'api uuid_record leg-1 start /rec/1.wav'],
    ],
    [
      { type: 'stop-recording', legId: id, path: '/rec/1.wav' },
      ['api uuid_record leg-1 stop /rec/1.wav'],
    ],
    [
      { type: 'mask-recording', legId: id, path: '/rec/1.wav', masked: true },
      ['api uuid_record leg-1 mask /rec/1.wav'],
    ],
    [
      { type: 'mask-recording', legId: id, path: '/rec/1.wav', masked: false },
      ['api uuid_record leg-1 unmask /rec/1.wav'],
    ],
    [{ type: 'send-digits', legId: id, digits: '12#' }, ['api uuid_send_dtmf leg-1 12#']],
    [
      { type: 'join-conference', legId: id, room: 'call-1' },
      [
        'api uuid_break leg-1 all',
        'sendmsg leg-1\ncall-command: execute\nexecute-app-name: conference\nexecute-app-arg: call-1@default',
      ],
    ],
    [
      { type: 'monitor-leg', legId: id, targetLegId: other, mode: 'whisper' },
      [
        'api uuid_break leg-1 all',
        'api uuid_setvar leg-1 eavesdrop_enable_dtmf false',
        'api uuid_setvar leg-1 eavesdrop_whisper_bleg true',
        'api uuid_setvar leg-1 eavesdrop_whisper_aleg false',
        'sendmsg leg-1\ncall-command: execute\nexecute-app-name: eavesdrop\nexecute-app-arg: leg-2',
      ],
    ],
    [
      { type: 'guard-leg', legId: id, callId: call, forMs: 60_000 },
      [
        'api uuid_setvar leg-1 hotline_call call-1',
        'api sched_del leg-1',
        'api uuid_setvar leg-1 hangup_after_bridge false',
        'api uuid_setvar leg-1 park_after_bridge true',
        'api uuid_setvar leg-1 hold_hangup_xfer_exten park:inline',
        'api uuid_setvar leg-1 playback_terminators none',
        'api sched_transfer +60 leg-1 orphan XML hotline',
      ],
    ],
    [{ type: 'unguard-leg', legId: id }, ['api sched_del leg-1']],
  ]
  for (const [command, lines] of cases) t.same(wire(command), lines, command.type)
})

t.test('what could be read as syntax is never sent', async t => {
  const evil = [
    'a,b=c',
    'a}b',
    'a{b',
    'a\nbgapi system rm',
    'a\r\nb',
    'a b',
    "a'b",
    'a"b',
    'a|b',
    'a&b',
    'a\u0000b',
    '${uuid}',
    'a;b',
    '',
  ]
  for (const text of evil) {
    const commands: [string, CallCommand][] = [
      ['leg', { type: 'answer-leg', legId: legId(text) }],
      ['call', { ...originate, callId: callId(text) }],
      ['agent', { ...originate, to: { kind: 'agent', agentId: agentId(text) } }],
      ['number', { ...originate, to: { kind: 'number', number: text, trunk: 'main' } }],
      ['trunk', { ...originate, to: { kind: 'number', number: '123', trunk: text } }],
      ['address', { ...originate, to: { kind: 'address', number: '123', address: text } }],
      [
        'shown address',
        {
          ...originate,
          to: {
            kind: 'number',
            number: '123',
            trunk: 'main',
            shown: { fromUri: text, hidden: false },
          },
        },
      ],
      ['other leg', { type: 'bridge-legs', legId: id, otherLegId: legId(text) }],
      ['digits', { type: 'send-digits', legId: id, digits: text }],
      ['room', { type: 'join-conference', legId: id, room: text }],
      ['path', { type: 'start-recording', legId: id, path: text && `/${text}` }],
      ['guarded call', { type: 'guard-leg', legId: id, callId: callId(text), forMs: 1 }],
      ['play', { type: 'play', legId: id, playId: playId(text), files: ['/a.wav'], loop: false }],
    ]
    for (const [field, command] of commands) {
      if (field === 'path' && /[|&]/.test(text)) continue // Harmless in a path.
      t.throws(() => wire(command), { code: 'UNSAFE_VALUE' }, `${JSON.stringify(text)} as ${field}`)
    }
    if (text !== '')
      t.throws(
        () => wire({ ...originate, callerNumber: text }),
        { code: 'UNSAFE_VALUE' },
        `${JSON.stringify(text)} as caller number`,
      )
  }
  for (const number of ['1001@evil', 'sip:1', '1;x', '١٢٣', '1'.repeat(33)]) {
    t.throws(
      () => wire({ ...originate, to: { kind: 'number', number, trunk: 'main' } }),
      { code: 'UNSAFE_VALUE' },
      number,
    )
  }
  for (const file of ['/a!b', '{x=1}/a', '%[x]/a', '/a@@5', '/${caller}', '/a\nb', ' /a', '']) {
    t.throws(
      () => wire({ type: 'play', legId: id, playId: playId('p'), files: [file], loop: false }),
      { code: 'UNSAFE_VALUE' },
      JSON.stringify(file),
    )
  }
})

t.test('a name to be shown is made harmless', async t => {
  const names: [string, string][] = [
    ["O'Hara", 'O_Hara'],
    ['a},{b=c', 'a_b_c'],
    ['x\nbgapi y', 'x_bgapi_y'],
    ['王'.repeat(60), '王'.repeat(40)],
  ]
  for (const [name, shown] of names)
    t.match(
      wire({ ...originate, callerName: name })[0],
      `origination_caller_id_name=${shown},`,
      name,
    )
})

t.test('a talking leg is held without its partner, who hears the music of ours', async t => {
  const steps = (type: 'hold-leg' | 'retrieve-leg') =>
    toEsl({ type, legId: id }, { partner: other }).map(step => toWire(step.command))
  t.same(steps('hold-leg'), [
    'api uuid_setvar leg-1 signal_bond',
    'api uuid_hold leg-1',
    'sendmsg leg-2\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: ${hold_music}\nEvent-UUID: hold-music-leg-1\nloops: -1',
  ])
  t.same(steps('retrieve-leg'), [
    'api uuid_break leg-2 all',
    'api uuid_hold off leg-1',
    'api uuid_setvar leg-1 signal_bond leg-2',
  ])
})

t.test('a leg that listens already changes its mode in the way it runs', async t => {
  const steps = (mode: 'listen' | 'whisper' | 'barge', monitored: typeof other) =>
    toEsl({ type: 'monitor-leg', legId: id, targetLegId: other, mode }, { monitored }).map(step =>
      toWire(step.command),
    )
  for (const [mode, key] of [
    ['listen', '0'],
    ['whisper', '2'],
    ['barge', '3'],
  ] as const)
    t.same(
      steps(mode, other),
      [`sendevent CUSTOM\nunique-id: leg-1\neavesdrop-command: ${key}`],
      mode,
    )
  t.match(steps('listen', legId('leg-3')), [
    'sendevent CUSTOM\nunique-id: leg-1\neavesdrop-command: *',
    /enable_dtmf/,
    /bleg/,
    /aleg/,
    /execute-app-arg: leg-2/,
  ])
})

t.test('monitoring is heard by whom it should be', async t => {
  const flags = (mode: 'listen' | 'whisper' | 'barge') =>
    wire({ type: 'monitor-leg', legId: id, targetLegId: other, mode }).flatMap(
      line => /whisper_(\w)leg (\w+)/.exec(line)?.slice(1).join(' ') ?? [],
    )
  t.same(flags('listen'), ['b false', 'a false'])
  t.same(flags('whisper'), ['b true', 'a false'], 'the target only')
  t.same(flags('barge'), ['b true', 'a true'])
})

t.test('plays end once, and rightly', async t => {
  const p = (name: string) => playId(name)
  const of = (name: string, at = 1) => ({ at, legId: id, callId: call, playId: p(name) })
  const started = (name: string): CallEvent => ({ type: 'play-started', ...of(name) })
  const finished = (name: string): CallEvent => ({
    type: 'play-ended',
    ...of(name),
    outcome: 'finished',
  })
  const ask = (book: ReturnType<typeof createPlayBook>, name: string, loop = false) =>
    book.asked({ ...of(name), loop })

  const whole = createPlayBook()
  ask(whole, 'a')
  t.same(whole.pass(started('a')), [started('a')])
  t.same(whole.pass(finished('a')), [finished('a')], 'finished by itself')

  const stopped = createPlayBook()
  ask(stopped, 'a')
  ask(stopped, 'b')
  stopped.pass(started('a'))
  stopped.stopping(id)
  t.match(
    stopped.stopped(id, 9),
    [{ playId: 'b', outcome: 'stopped', at: 9 }],
    'what waited in turn will never begin',
  )
  t.same(stopped.pass(started('b')), [], 'though the switch may still speak of it')
  t.match(
    stopped.pass(finished('a')),
    [{ playId: 'a', outcome: 'stopped' }],
    'FreeSWITCH calls it played',
  )

  const endless = createPlayBook()
  ask(endless, 'm', true)
  t.equal(endless.pass(started('m')).length, 1)
  t.same(endless.pass(finished('m')), [], 'one round is not the end')
  t.same(endless.pass(started('m')), [], 'nor the next a beginning')
  endless.stopping(id)
  endless.goesOn(id)
  t.same(endless.pass(finished('m')), [], 'a refused stop changes nothing')
  endless.stopping(id)
  t.match(endless.pass(finished('m')), [{ outcome: 'stopped' }])

  const missing = createPlayBook()
  ask(missing, 'm', true)
  t.match(
    missing.pass({ type: 'play-ended', ...of('m'), outcome: 'failed' }),
    [{ outcome: 'failed' }],
    'endless music that is missing fails',
  )
  ask(missing, 'n')
  t.match(missing.refused(p('n'), 3), [{ outcome: 'failed', playId: 'n' }])

  const hungUp = createPlayBook()
  ask(hungUp, 'a')
  const ended: CallEvent = {
    type: 'leg-ended',
    at: 5,
    legId: id,
    callId: call,
    cause: 'normal',
    endedBy: 'far-end',
  }
  t.match(hungUp.pass(ended), [{ type: 'play-ended', outcome: 'stopped', playId: 'a' }, ended])
  const lost = createPlayBook()
  ask(lost, 'a')
  ask(lost, 'm', true)
  t.same(lost.playing(), [id])
  t.match(
    lost.lost(id, 4),
    [{ playId: 'a', outcome: 'finished', at: 4 }, { playId: 'm' }],
    'the end was lost with the connection',
  )
  t.same(lost.playing(), [])
  t.equal(hungUp.size, 0, 'nothing is kept of a leg that is gone')
  t.same(
    hungUp.pass(finished('foreign')),
    [finished('foreign')],
    'what another process asked for passes',
  )
})

t.test('a leg that never came to be ends', async t => {
  const job = (body: string) =>
    toEslEvent(
      eventText(
        { 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': 'leg-1', 'Event-Date-Timestamp': 7000 },
        body,
      ),
    )
  const asked = () => {
    const originations = createOriginations()
    originations.asked({ legId: id, callId: call }, 1000)
    return originations
  }
  t.match(asked().onJob(job('-ERR USER_NOT_REGISTERED\n')), [
    { type: 'leg-ended', at: 7, legId: id, callId: call, cause: 'not-registered' },
  ])
  t.match(asked().onJob(job('-ERR SUBSCRIBER_ABSENT\n')), [{ cause: 'not-registered' }])
  t.match(asked().onJob(job('-USAGE: originate …')), [{ cause: 'failed' }])
  t.same(asked().onJob(job('+OK leg-1\n')), [])
  const seen = asked()
  seen.seen(id)
  t.same(seen.onJob(job('-ERR NO_ANSWER\n')), [], 'a channel that lived tells its own end')
  const quiet = asked()
  t.same(
    quiet.sweep(7000, false, () => false),
    [],
    'within its time',
  )
  t.same(
    quiet.sweep(7001, false, () => true),
    [],
    'it is there',
  )
  t.match(
    quiet.sweep(7001, false, () => false),
    [{ cause: 'congested' }],
    'its job was lost, and nobody is to blame',
  )
  t.match(
    asked().sweep(1001, true, () => false),
    [{ cause: 'failed' }],
    'after a reconnect at once',
  )
})

t.test('the view is kept equal to the switch', async t => {
  const of = (leg: typeof id, at: number) => ({ at, legId: leg, callId: call })
  const born = (leg: typeof id): LegEvent => ({
    type: 'leg-created',
    ...of(leg, 10),
    direction: 'inbound',
    callerNumber: '',
    calledNumber: '',
    sipCallId: '',
    networkAddress: '',
    video: false,
  })
  const legsOf = (...events: LegEvent[]): Legs => events.reduce(reduceLegs, NO_LEGS)
  const answered = (leg: typeof id): LegEvent => ({ type: 'leg-answered', ...of(leg, 11) })
  const parked = (leg: typeof id): LegEvent => ({ type: 'leg-parked', ...of(leg, 12) })
  const bridged: LegEvent = { type: 'legs-bridged', ...of(id, 20), otherLegId: other }
  const two = [born(id), answered(id), parked(id), born(other), answered(other), parked(other)]
  const row = (uuid: string, more = {}) => ({
    uuid,
    callstate: 'ACTIVE',
    state: 'CS_EXECUTE',
    application: 'park',
    ...more,
  })
  const picture = (rows: object[], calls: object[] = []): Picture => {
    const read = toPicture(JSON.stringify({ rows }), JSON.stringify({ rows: calls }))
    if (!read) throw new Error('no picture')
    return read
  }
  const cases: [name: string, legs: Legs, picture: Picture, events: object[], unheard: string[]][] =
    [
      ['all is equal', legsOf(...two), picture([row('leg-1'), row('leg-2')]), [], []],
      [
        'a leg is gone',
        legsOf(...two),
        picture([row('leg-1')]),
        [{ type: 'leg-ended', legId: other, cause: 'failed', at: 100 }],
        [],
      ],
      ['a leg was never heard of', legsOf(), picture([row('leg-1')]), [], ['leg-1']],
      [
        'the bridge was missed',
        legsOf(...two),
        picture([row('leg-1'), row('leg-2')], [{ uuid: 'leg-1', b_uuid: 'leg-2' }]),
        [{ type: 'legs-bridged', legId: id, otherLegId: other }],
        [],
      ],
      [
        'the parting was missed',
        legsOf(...two, bridged),
        picture([row('leg-1'), row('leg-2')]),
        [{ type: 'legs-unbridged', legId: id, otherLegId: other }],
        [],
      ],
      [
        'the answer was missed',
        legsOf(born(id), parked(id)),
        picture([row('leg-1')]),
        [{ type: 'leg-answered', legId: id }],
        [],
      ],
      [
        'the parking was missed',
        legsOf(born(id), answered(id)),
        picture([row('leg-1')]),
        [{ type: 'leg-parked', legId: id }],
        [],
      ],
      [
        'a leg that ended here may still be shown',
        legsOf(born(id), { type: 'leg-ended', ...of(id, 13), cause: 'normal', endedBy: 'switch' }),
        picture([row('leg-1')]),
        [],
        [],
      ],
    ]
  for (const [name, legs, seen, events, unheard] of cases) {
    const input = { legs, picture: seen, at: 100, goneCause: 'failed' as const }
    const first = reconcile({ ...input, suspects: new Set() })
    t.same(
      [first.events, first.unheard],
      [[], []],
      `${name}: seen once, an event may be on its way`,
    )
    const second = reconcile({ ...input, suspects: first.suspects })
    t.match(second.events, events, `${name}: seen twice`)
    t.equal(second.events.length, events.length)
    t.same(second.unheard, unheard)
    const atOnce = reconcile({ ...input, suspects: new Set(), before: legs })
    t.equal(atOnce.events.length, events.length, `${name}: after a reconnect at once`)
    const repaired = second.events.reduce(reduceLegs, legs)
    t.equal(
      reconcile({ ...input, legs: repaired, suspects: second.suspects }).events.length,
      0,
      `${name}: repaired`,
    )
  }
  const fresh = legsOf(...two)
  t.same(
    reconcile({
      legs: fresh,
      picture: picture([]),
      suspects: new Set(),
      before: NO_LEGS,
      at: 100,
      goneCause: 'switch-lost',
    }).events,
    [],
    'legs heard of since the reconnect are given time',
  )
  t.match(
    reconcile({
      legs: fresh,
      picture: picture([]),
      suspects: new Set(),
      before: fresh,
      at: 100,
      goneCause: 'switch-lost',
    }).events,
    [{ cause: 'switch-lost' }, { cause: 'switch-lost' }],
  )
})

t.test('an agent with two phones has one until both are gone', async t => {
  const book = createPhoneBook()
  const one = new Map([[agentId('1001'), 'ws']])
  t.match(book.update(one, 1), [{ type: 'phone-registered', agentId: '1001', transport: 'ws' }])
  t.same(book.update(one, 2), [])
  t.match(book.update(new Map(), 3), [{ type: 'phone-unregistered', agentId: '1001', at: 3 }])
})

t.test('small things', async t => {
  t.same(toEslAddress('esl://:Clue%20Con@10.0.0.1:8022?ws=wss://x/sip&media=/mnt/media'), {
    host: '10.0.0.1',
    port: 8022,
    password: 'Clue Con',
    mediaFolder: '/mnt/media',
  })
  t.match(toEslAddress('esl://:x@[::1]'), { host: '::1', port: 8021 })
  for (const bad of ['http://x', 'esl://', 'x', 'esl://:a%0ab@h'])
    t.throws(() => toEslAddress(bad), { name: 'TypeError' }, bad)
  t.same(
    [0, 1, 2, 9, 99].map(attempt => backoffMs(attempt, false, 1)),
    [200, 400, 800, 1500, 1500],
  )
  t.equal(backoffMs(0, false, 0), 100)
  t.equal(backoffMs(0, true, 1), 30_000, 'a refused password is not hammered')
  const folder = createMediaFolder('/data/media/', '/mnt/media')
  t.match(
    folder.toSwitch({
      type: 'play',
      legId: id,
      playId: playId('p'),
      files: ['/data/media/a.wav', '/data/mediax/b.wav', 'tone_stream://x'],
      loop: false,
    }),
    { files: ['/mnt/media/a.wav', '/data/mediax/b.wav', 'tone_stream://x'] },
  )
  t.match(folder.toSwitch({ type: 'start-recording', legId: id, path: '/data/media/r/1.wav' }), {
    path: '/mnt/media/r/1.wav',
  })
  t.match(
    folder.fromSwitch({
      type: 'recording-started',
      at: 1,
      legId: id,
      callId: call,
      path: '/mnt/media/r/1.wav',
    }),
    { path: '/data/media/r/1.wav' },
  )
})
