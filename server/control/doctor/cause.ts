// Everything the state doctor can find wrong, and what it does about it. The one list: README, metrics and facts use these names.
import type { Missed } from '../../../telephony/call/event.ts'

const MISSED_EVENTS = {
  'leg-missed': 'The switch has a leg that we never heard of: it is taken up.',
  'answer-missed': 'A leg was answered: told to its call.',
  'park-missed': 'A leg waits for us: told to its call.',
  'bridge-missed': 'Two legs were joined: told to their call.',
  'parting-missed': 'Two legs were parted: told to their call.',
  'hold-missed': 'A phone was put on hold: told to its call.',
  'retrieve-missed': 'A phone was taken off hold: told to its call.',
  'play-end-missed': 'What a caller heard has ended: told to its call.',
  'end-missed': 'A leg is gone: told to its call.',
  'phone-missed': 'A phone is registered: the agent can be rung.',
  'phone-gone-missed': 'A phone is no longer registered: the agent is not rung.',
  'change-while-away': 'It happened while the switch was not connected: told to its call.',
} as const satisfies Readonly<Record<Missed, string>>

export const CAUSES = {
  ...MISSED_EVENTS,
  'end-ignored': 'A leg that was to end lives on: its end is asked for again.',
  'stray-leg': 'A leg of ours belongs to no call and talks to nobody: it is ended.',
  'stray-caller': 'A caller waits who is on no list: the call is begun anew.',
  'stray-talk': 'People talk on legs that no call knows: left in peace, and noted.',
  'leg-forgotten': 'A call needs a leg that it had struck off and that lives: put back.',
  'call-without-legs': 'A call has no leg left, or not its caller’s: it is ended.',
  'call-unclaimed': 'A caller was parked and no flow began: it begins.',
  'flow-stuck': 'A flow waits for nothing: its node begins again.',
  'wait-silent': 'A waiting caller hears nothing: the announcement begins.',
  'offer-without-leg': 'A phone was to ring and has no leg: the caller is offered anew.',
  'offer-astray': 'An offer names an agent who belongs to another call: it is withdrawn.',
  'talk-unheard': 'Caller and agent talk while the call still waits: it is a talk now.',
  'talk-apart': 'Both sides of a talk wait for us, unjoined: they are joined again.',
  'talk-without-agent': 'A talk has lost its agent’s leg: the caller is kept for the agent.',
  'consult-without-leg': 'The one consulted is gone: the agent is back with the customer.',
  'transfer-without-leg': 'The number rung for a customer is gone: the transfer has failed.',
  'agent-stranded': 'An agent belongs to a call that is over: free again.',
  'agent-without-leg': 'An agent is in a call without a leg or an offer there: released.',
  'agent-unaware': 'An agent talks and is shown otherwise: shown as talking.',
  'agent-in-two-calls': 'An agent has legs in two calls: the one that talks to nobody ends.',
  'agent-unreachable': 'An idle agent had neither desktop nor phone for two minutes: set aside.',
  'wrap-up-overdue': 'A wrap-up is past its end: it ends.',
  'timer-missing': 'A call waits without the timer that goes with it: it is set.',
  'timer-overdue': 'A timer is past due: it fires.',
  'recording-unheard': 'A recording never said that it began: it is asked for again.',
  'recording-stop-missed':
    'A recording never said that it ended: its end is noted, its length measured by us.',
  'message-stuck': 'A spoken message never said that it ended: the flow goes on.',
  'ended-in-ledger':
    'A call on the floor has ended by the ledger, and no leg of it lives: struck off.',
  'end-unwritten': 'A call ended on the floor and not in the ledger: written.',
  'floor-differs': 'What Redis keeps of the floor differs from the floor: written anew.',
  'floor-lost':
    'Redis lost more than it can be sent again: floor and known facts are written anew.',
} as const satisfies Readonly<Record<string, string>>

export type Cause = keyof typeof CAUSES
export const isCause = (text: string): text is Cause => Object.hasOwn(CAUSES, text)
