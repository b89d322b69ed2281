// The control loop of the server that steers, as a server that follows sees it: verbs are asked, views come from the mirror.
import { z } from 'zod'
import { agentId, callId as toCallId, type CallId } from '../../telephony/call/id.ts'
import {
  agentStateSchema,
  CALL_VERBS,
  callVerbSchema,
  describeSchema,
  wrapUpSchema,
} from '../api/schema.ts'
import type { Actor, Control } from '../control/port.ts'
import type {
  AgentView,
  CallView,
  LinesView,
  QueueView,
  TodayView,
  TrunkView,
} from '../desktop/protocol.ts'
import type { Answerers, Asker } from './question.ts'

export type Verbs = Pick<
  Control,
  'setAgentState' | 'setAutoAnswer' | 'wrapUp' | 'dial' | 'verb' | 'describe' | 'expectTrial'
>
export type Views = Pick<Control, 'queues' | 'agents' | 'lines' | 'trunks' | 'today' | 'call'>

// Views are the other server's own values, described in desktop/protocol.ts; here they only pass through.
const agentView = z.custom<AgentView>()
const queueView = z.custom<QueueView>()
const linesView = z.custom<LinesView>()
const trunkView = z.custom<TrunkView>()
const todayView = z.custom<TodayView>()
const callView = z.custom<CallView>().nullable()
const dialAnswer = z.object({ callId: z.string().transform(toCallId) })
const verbAnswer = z.object({ callId: z.string().transform(toCallId), call: callView })

export const remoteVerbs = ({ ask }: Asker): Verbs => ({
  setAgentState: async (...args) => agentView.parse(await ask('setAgentState', args)),
  setAutoAnswer: async (...args) => agentView.parse(await ask('setAutoAnswer', args)),
  wrapUp: async (...args) => agentView.parse(await ask('wrapUp', args)),
  dial: async (...args) => dialAnswer.parse(await ask('dial', args)),
  verb: async (...args) => verbAnswer.parse(await ask('verb', args)),
  describe: async (...args) => void (await ask('describe', args)),
  expectTrial: async (...args) => void (await ask('expectTrial', args)),
})

const agent = z.string().transform(agentId)
const call = z.string().transform(toCallId)
const actor = z
  .object({
    userId: z.string(),
    agentId: agent.optional(),
    roles: z.array(z.enum(['administrator', 'supervisor', 'agent', 'auditor'])),
  })
  .transform(({ agentId: own, ...rest }): Actor => ({
    ...rest,
    ...(own === undefined ? {} : { agentId: own }),
  }))
const setAgentStateArgs = z.tuple([
  agent,
  agentStateSchema.shape.state,
  z.string().nullish(),
  actor,
])
const setAutoAnswerArgs = z.tuple([agent, z.boolean(), actor])
const wrapUpArgs = z.tuple([agent, wrapUpSchema.shape.action, actor])
const dialArgs = z.tuple([agent, z.string(), actor])
const verbArgs = z.tuple([call, z.enum(CALL_VERBS), callVerbSchema, actor])
const expectTrialArgs = z.tuple([z.string(), z.number()])
const describeArgs = z.tuple([call, describeSchema, actor])

/** The other side: questions become calls of our own control, and what they changed is told before the answer. */
export function answersOf(control: Verbs, tellChanges: () => void): Answerers {
  const told = async (answer: Promise<unknown>) => {
    const value = await answer
    tellChanges()
    return value
  }
  return {
    setAgentState: (...args) => {
      const [id, state, reason, by] = setAgentStateArgs.parse(args)
      return told(control.setAgentState(id, state, reason ?? undefined, by))
    },
    setAutoAnswer: (...args) => told(control.setAutoAnswer(...setAutoAnswerArgs.parse(args))),
    wrapUp: (...args) => told(control.wrapUp(...wrapUpArgs.parse(args))),
    dial: (...args) => told(control.dial(...dialArgs.parse(args))),
    verb: (...args) => told(control.verb(...verbArgs.parse(args))),
    expectTrial: (...args) => told(control.expectTrial(...expectTrialArgs.parse(args))),
    describe: (...args) => {
      const [id, what, by] = describeArgs.parse(args)
      const given = Object.entries(what).filter(([, value]) => value !== undefined)
      return told(control.describe(id, Object.fromEntries(given), by))
    },
  }
}

const NO_LINES: LinesView = {
  used: 0,
  limit: 0,
  inFlow: 0,
  flowLimit: 0,
  recording: 0,
  recordingLimit: 0,
  waiting: 0,
  talking: 0,
  lines: [],
}
const NO_TODAY: TodayView = {
  offered: 0,
  answered: 0,
  askedForAgent: 0,
  answeredIn15s: 0,
  abandonedInQueue: 0,
  abandonedInFlow: 0,
  blocked: 0,
  voicemail: 0,
  callback: 0,
  selfService: 0,
  waitMs: 0,
  ratedCount: 0,
  satisfiedCount: 0,
  quarters: [],
}

export interface MirroredChannels {
  values(channel: string): ReadonlyMap<string, unknown>
  names(): Iterable<string>
}

/** What desktops were shown last, read back: never older than the desktops of this server are. */
export function mirroredViews(channels: MirroredChannels): Views {
  const floor = () => channels.values('floor')
  const ofKind = <T>(kind: string, view: z.ZodType<T>): T[] =>
    [...floor()].flatMap(([key, value]) => (key.startsWith(`${kind}/`) ? [view.parse(value)] : []))
  return {
    queues: () => ofKind('queue', queueView),
    agents: () => ofKind('agent', agentView),
    lines: () => linesView.parse(floor().get('lines') ?? NO_LINES),
    trunks: () => ofKind('trunk', trunkView),
    today: () => todayView.parse(floor().get('today') ?? NO_TODAY),
    call(id: CallId) {
      for (const name of channels.names()) {
        if (!name.startsWith('desk:')) continue
        const shown = callView.parse(channels.values(name).get('call') ?? null)
        if (shown?.id === String(id)) return shown
      }
      return undefined
    },
  }
}
