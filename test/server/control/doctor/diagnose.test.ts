// Everything that can be wrong, one by one: found, and found under its name. And everything that is right, left alone.
import t from 'tap'
import { agentId, callId } from '../../../../telephony/call/id.ts'
import { CAUSES, type Cause } from '../../../../server/control/doctor/cause.ts'
import { diagnoseFloor, diagnoseSwitch } from '../../../../server/control/doctor/diagnose.ts'
import type { Finding } from '../../../../server/control/doctor/finding.ts'
import type { Presence } from '../../../../server/control/doctor/agents.ts'
import type { LiveAgent, LiveCall } from '../../../../server/control/state.ts'
import type { LegOnSwitch } from '../../../../telephony/index.ts'
import {
  AGENT,
  AGENT_LEG,
  agentLeg,
  agentOf,
  CALL,
  callOf,
  CUSTOMER,
  floorOf,
  joined,
  legOf,
  lookAt,
  NODE,
  NOW,
  offer,
  OTHER_LEG,
  queued,
  shown,
  shownAgent,
  shownJoined,
  talking,
} from '../../../fixtures/floor-values.ts'

interface Case {
  readonly is: string
  readonly cause?: Cause
  readonly remedy?: object
  readonly calls?: readonly LiveCall[]
  readonly agents?: readonly LiveAgent[]
  readonly shows?: readonly LegOnSwitch[]
  readonly presence?: Presence
  readonly ends?: readonly string[]
}

const play = { id: 'p' as never, purpose: 'music' } as const
const music = { play }
const flow = {
  flow: '12393',
  node: 'main-menu',
  attempt: 1,
  digits: '',
  speaking: false,
  variables: {},
}
const recording = {
  id: 'call-1',
  path: 'recordings/call-1.wav',
  legId: CUSTOMER,
  startedAt: NOW - 20_000,
  state: 'on',
  heard: true,
} as const
const onCall = (state: LiveAgent['state'] = 'talking') => agentOf(state, { callId: CALL })
const talkTimers = { timers: { guard: NOW + 10_000 } }
const talk = (more: Partial<LiveCall> = {}, legs = joined()) =>
  callOf(talking(), legs, { ...talkTimers, talkBeganAt: NOW - 20_000, recording, ...more })

const CASES: readonly Case[] = [
  // What is right.
  { is: 'an empty house' },
  {
    is: 'a caller who waits and hears music',
    calls: [callOf(queued(), [legOf()], music)],
    shows: [shown()],
  },
  { is: 'a talk', calls: [talk()], agents: [onCall()], shows: shownJoined() },
  {
    is: 'a held talk',
    calls: [talk({ stage: talking({ heldAt: NOW - 1000 }) })],
    agents: [onCall('on-hold')],
    shows: shownJoined({ held: true }),
  },
  {
    is: 'a phone that was asked to ring just now and does not show yet',
    calls: [
      callOf(
        queued({ offer }),
        [legOf(), agentLeg({ state: 'created', parked: false, createdAt: NOW - 500 })],
        { ...music, timers: { guard: NOW, ring: NOW } },
      ),
    ],
    agents: [onCall('reserved')],
    shows: [shown()],
  },
  {
    is: 'a room of three',
    calls: [
      talk(
        {
          stage: talking({
            room: 'conf-1',
            consult: { legId: OTHER_LEG, number: '1002', state: 'talking', since: NOW },
          }),
        },
        [
          legOf({ parked: false }),
          agentLeg({ parked: false }),
          agentLeg({ id: OTHER_LEG, role: 'consult', agent: agentId('1002'), parked: false }),
        ],
      ),
    ],
    agents: [onCall()],
    shows: [
      shown({ parked: false }),
      shownAgent({ parked: false }),
      shownAgent({ legId: OTHER_LEG, parked: false }),
    ],
  },
  {
    is: 'a caller kept for an agent whose phone broke',
    calls: [
      talk(
        {
          stage: talking({ lostUntil: NOW + 5000 }),
          timers: { guard: NOW, lost: NOW + 5000 },
          ...music,
        },
        [legOf()],
      ),
    ],
    agents: [onCall()],
    shows: [shown()],
  },
  {
    is: 'a leg of another program on the same switch',
    shows: [shownAgent({ callId: callId(AGENT_LEG) })],
  },
  { is: 'a caller who hears that all lines are busy', shows: [shown({ parked: false })] },
  {
    is: 'a phone that did not ring and is still registered',
    agents: [agentOf('busy', { phone: 'unregistered', reason: 'phone-lost' })],
    presence: { phones: new Set([AGENT]) },
  },
  {
    is: 'an idle agent whose page is loaded anew',
    agents: [agentOf('idle', { phone: 'unregistered', since: NOW - 900_000 })],
    presence: { goneSince: () => NOW - 30_000 },
  },
  { is: 'a phone while one switch does not say', agents: [agentOf('idle')], presence: {} },
  { is: 'an agent in wrap-up', agents: [agentOf('wrap-up', { wrapUpUntil: NOW + 1 })] },

  // Legs.
  {
    is: 'a leg that is gone',
    cause: 'end-missed',
    calls: [talk()],
    agents: [onCall()],
    shows: [shown({ parked: true })],
  },
  {
    is: 'a leg that answered',
    cause: 'answer-missed',
    calls: [callOf({ state: 'in-flow' }, [legOf({ state: 'created' })], { flow, ...music })],
    shows: [shown()],
  },
  {
    is: 'a leg that waits',
    cause: 'park-missed',
    remedy: { type: 'tell', event: { type: 'leg-parked' } },
    calls: [callOf({ state: 'offered' }, [legOf({ parked: false })])],
    shows: [shown()],
  },
  {
    is: 'two legs that were joined',
    cause: 'bridge-missed',
    calls: [talk({}, [legOf(), agentLeg()])],
    agents: [onCall()],
    shows: shownJoined(),
  },
  {
    is: 'two legs that were parted',
    cause: 'parting-missed',
    calls: [talk()],
    agents: [onCall()],
    shows: [shown(), shownAgent()],
  },
  {
    is: 'a phone on hold',
    cause: 'hold-missed',
    calls: [talk()],
    agents: [onCall()],
    shows: shownJoined({ held: true }),
  },
  {
    is: 'a phone off hold',
    cause: 'retrieve-missed',
    calls: [talk({ stage: talking({ heldAt: NOW - 9000 }) })],
    agents: [onCall('on-hold')],
    shows: shownJoined(),
  },
  {
    is: 'a leg that was told to end',
    cause: 'end-ignored',
    remedy: { type: 'hang-up-leg', legId: CUSTOMER },
    calls: [callOf({ state: 'in-flow' }, [legOf({ ending: true })], { flow })],
    shows: [shown()],
  },
  {
    is: 'a ringing phone that no call knows',
    cause: 'stray-leg',
    remedy: { type: 'hang-up-leg', legId: AGENT_LEG },
    shows: [shownAgent({ answered: false, parked: false })],
  },
  {
    is: 'a ringing phone of a call that has struck it off',
    cause: 'stray-leg',
    calls: [callOf(queued(), [legOf()], music)],
    shows: [shown(), shownAgent({ answered: false, parked: false })],
  },
  {
    is: 'a waiting caller whom no list names',
    cause: 'stray-caller',
    remedy: { type: 'adopt' },
    shows: [shown()],
  },
  {
    is: 'two who talk and are on no list',
    cause: 'stray-talk',
    remedy: { type: 'note' },
    shows: shownJoined(),
  },
  {
    is: 'an agent’s leg that its talk has struck off',
    cause: 'leg-forgotten',
    remedy: { type: 'put-leg-back', leg: { id: AGENT_LEG, role: 'agent', bridgedTo: CUSTOMER } },
    calls: [talk({}, [legOf({ parked: false, bridgedTo: AGENT_LEG })])],
    agents: [onCall()],
    shows: shownJoined(),
  },

  // Stages.
  { is: 'a call without legs', cause: 'call-without-legs', calls: [callOf(queued(), [])] },
  {
    is: 'a call without its caller',
    cause: 'call-without-legs',
    calls: [talk({}, [agentLeg()])],
    agents: [onCall()],
    shows: [shownAgent()],
  },
  {
    is: 'a parked caller whose flow never began',
    cause: 'call-unclaimed',
    calls: [callOf({ state: 'offered' })],
    shows: [shown()],
  },
  {
    is: 'a flow that waits for nothing',
    cause: 'flow-stuck',
    calls: [callOf({ state: 'in-flow' }, [legOf()], { flow })],
    shows: [shown()],
  },
  { is: 'a wait in silence', cause: 'wait-silent', calls: [callOf(queued())], shows: [shown()] },
  {
    is: 'an offer without a leg',
    cause: 'offer-without-leg',
    calls: [callOf(queued({ offer }), [legOf()], { ...music, timers: { guard: NOW, ring: NOW } })],
    agents: [onCall('reserved')],
    shows: [shown()],
  },
  {
    is: 'an offer to an agent who is elsewhere',
    cause: 'offer-astray',
    calls: [
      callOf(queued({ offer }), [legOf(), agentLeg({ state: 'ringing', parked: false })], {
        ...music,
        timers: { guard: NOW, ring: NOW },
      }),
    ],
    agents: [agentOf('idle')],
    shows: [shown(), shownAgent({ answered: false, parked: false })],
  },
  {
    is: 'a talk that the call takes for a wait',
    cause: 'talk-unheard',
    calls: [callOf(queued({ offer }), joined(), { ...music, timers: { ring: NOW } })],
    agents: [onCall('ringing')],
    shows: shownJoined(),
  },
  {
    is: 'a talk whose sides wait unjoined',
    cause: 'talk-apart',
    remedy: { type: 'join', legId: CUSTOMER, otherLegId: AGENT_LEG },
    calls: [talk({}, [legOf(), agentLeg()])],
    agents: [onCall()],
    shows: [shown(), shownAgent()],
  },
  {
    is: 'a talk without its agent’s leg',
    cause: 'talk-without-agent',
    calls: [talk({}, [legOf()])],
    shows: [shown()],
  },
  {
    is: 'a consultation without a leg',
    cause: 'consult-without-leg',
    calls: [
      talk(
        {
          stage: talking({
            consult: { legId: OTHER_LEG, number: '1002', state: 'ringing', since: NOW },
          }),
          ...music,
        },
        [legOf(), agentLeg()],
      ),
    ],
    agents: [onCall()],
    shows: [shown(), shownAgent()],
  },
  {
    is: 'a transfer without a leg',
    cause: 'transfer-without-leg',
    calls: [
      callOf(
        { state: 'transferring', by: AGENT, number: '4008', numberLegId: OTHER_LEG, since: NOW },
        [legOf()],
      ),
    ],
    shows: [shown()],
  },

  // Agents.
  { is: 'an agent of a call that is gone', cause: 'agent-stranded', agents: [onCall()] },
  {
    is: 'an agent in a call without a leg there',
    cause: 'agent-without-leg',
    calls: [callOf(queued(), [legOf()], music)],
    agents: [onCall('reserved')],
    shows: [shown()],
  },
  {
    is: 'an agent who talks and is shown as idle',
    cause: 'agent-unaware',
    calls: [talk()],
    agents: [agentOf('idle')],
    shows: shownJoined(),
  },
  {
    is: 'an agent with legs in two calls',
    cause: 'agent-in-two-calls',
    remedy: { type: 'hang-up-leg', legId: AGENT_LEG },
    calls: [
      talk({}, [legOf(), agentLeg({ parked: false })]),
      {
        ...talk({}, joined()),
        id: callId('call-2'),
        customerLegId: CUSTOMER,
      },
    ],
    agents: [agentOf('talking', { callId: callId('call-2') })],
  },
  {
    is: 'an idle agent out of reach for more than two minutes',
    cause: 'agent-unreachable',
    agents: [agentOf('idle', { phone: 'unregistered', since: NOW - 900_000 })],
    presence: { goneSince: () => NOW - 121_000 },
  },
  {
    is: 'a wrap-up past its end',
    cause: 'wrap-up-overdue',
    agents: [agentOf('wrap-up', { wrapUpUntil: NOW - 2001 })],
  },
  { is: 'a wrap-up without an end', cause: 'wrap-up-overdue', agents: [agentOf('wrap-up')] },
  {
    is: 'a phone that is there',
    cause: 'phone-missed',
    agents: [agentOf('idle', { phone: 'unregistered' })],
    presence: { phones: new Set([AGENT]) },
  },
  {
    is: 'a phone that is gone',
    cause: 'phone-gone-missed',
    agents: [agentOf('idle')],
    presence: { phones: new Set() },
  },

  // Timers, recordings, ledger.
  {
    is: 'a wait without its next announcement',
    cause: 'timer-missing',
    remedy: { type: 'set-timer', name: 'announce' },
    calls: [callOf(queued(), [legOf()], { ...music, timers: { guard: NOW } })],
    shows: [shown()],
  },
  {
    is: 'a talk kept for an agent, with nothing to end it',
    cause: 'timer-missing',
    remedy: { type: 'set-timer', name: 'lost', dueAt: NOW + 5000 },
    calls: [
      talk({ stage: talking({ lostUntil: NOW + 5000 }), ...talkTimers, ...music }, [legOf()]),
    ],
    agents: [onCall()],
    shows: [shown()],
  },
  {
    is: 'a timer past due',
    cause: 'timer-overdue',
    remedy: { type: 'fire-timer', name: 'announce' },
    calls: [
      callOf(queued(), [legOf()], { ...music, timers: { guard: NOW, announce: NOW - 2001 } }),
    ],
    shows: [shown()],
  },
  {
    is: 'a recording that never said it began',
    cause: 'recording-unheard',
    calls: [
      talk({
        recording: { id: 'r', path: 'r.wav', legId: CUSTOMER, startedAt: NOW - 9000, state: 'on' },
      }),
    ],
    agents: [onCall()],
    shows: shownJoined(),
  },
  {
    is: 'a recording that never said it ended',
    cause: 'recording-stop-missed',
    calls: [
      callOf({ state: 'in-flow' }, [legOf()], {
        flow,
        ...music,
        recording: { ...recording, state: 'stopping', stoppedAt: NOW - 4000 },
      }),
    ],
    shows: [shown()],
  },
  {
    is: 'a message that never said it ended',
    cause: 'message-stuck',
    calls: [
      callOf({ state: 'in-flow' }, [legOf()], {
        flow,
        message: { id: 'm', path: 'm.wav', startedAt: NOW - 60_000 },
      }),
    ],
    shows: [shown()],
  },
  {
    is: 'a call that the ledger says has ended',
    cause: 'ended-in-ledger',
    calls: [callOf(queued(), [], music)],
    ends: [CALL],
  },
  {
    is: 'an end that is in no ledger',
    cause: 'end-unwritten',
    calls: [callOf({ state: 'ended', at: NOW - 1000 }, [], { timers: { forget: NOW } })],
  },
]

const findingsOf = ({ calls = [], agents = [], shows = [], presence = {}, ends = [] }: Case) => {
  const floor = floorOf(calls, agents)
  const known = { since: NOW - 10_000, has: (id: string) => ends.includes(id) }
  return [
    ...diagnoseSwitch(floor, NODE, lookAt(shows)),
    ...diagnoseFloor(floor, presence, known, NOW),
  ]
}
const causesOf = (findings: readonly Finding[]) => findings.map(({ cause }) => cause)

for (const one of CASES)
  t.test(`${one.cause ?? 'healthy'}: ${one.is}`, async t => {
    const findings = findingsOf(one)
    if (one.cause === undefined) return t.same(findings, [])
    const found = findings.find(({ cause }) => cause === one.cause)
    t.ok(found, `found among ${causesOf(findings).join(', ') || 'nothing'}`)
    if (one.remedy) t.match(found?.remedy, one.remedy)
    return undefined
  })

t.test('every cause has its case', async t => {
  /** Found in the driver, in the store, or by the answer of a switch to what was asked. */
  const ELSEWHERE: readonly Cause[] = [
    'leg-missed',
    'play-end-missed',
    'change-while-away',
    'floor-differs',
    'floor-lost',
  ]
  const covered = new Set<string>([...CASES.flatMap(({ cause }) => cause ?? []), ...ELSEWHERE])
  t.same(
    Object.keys(CAUSES).filter(cause => !covered.has(cause)),
    [],
  )
})
