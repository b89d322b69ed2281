// Which key does what, and what each state of a call allows. Buttons and keys read the same table.
import type { CallView } from './protocol.ts'

export const CALL_ACTS = [
  'answer',
  'hold',
  'retrieve',
  'mute',
  'consult',
  'transfer',
  'conference',
  'keypad',
  'rate',
  'hangup',
  'complete',
] as const
export type CallAct = (typeof CALL_ACTS)[number]

export const KEY_OF: Readonly<Record<CallAct, string>> = {
  answer: 'F1',
  hold: 'F2',
  retrieve: 'F2',
  mute: 'F3',
  consult: 'F4',
  transfer: 'F6',
  conference: 'F7',
  keypad: 'F8',
  rate: 'F9',
  hangup: 'Esc',
  complete: 'Ctrl+↵',
}

const ACTS_IN: Readonly<Record<CallView['state'], readonly CallAct[]>> = {
  ringing: ['answer'],
  dialling: ['hangup'],
  talking: ['hold', 'mute', 'consult', 'transfer', 'conference', 'keypad', 'rate', 'hangup'],
  'on-hold': ['retrieve', 'consult', 'transfer', 'hangup'],
  consulting: ['retrieve', 'mute', 'transfer', 'conference', 'keypad', 'hangup'],
  'wrap-up': ['complete'],
}

/** Acts that make sense now. Rating is for callers only: nobody rates a call the agent made. */
export function actsFor(call: CallView | null): readonly CallAct[] {
  if (!call) return []
  const acts = ACTS_IN[call.state]
  return call.direction === 'inbound' ? acts : acts.filter(act => act !== 'rate')
}

export interface Key {
  readonly key: string
  readonly ctrl: boolean
  /** The key repeats because it is held down. */
  readonly repeat: boolean
}

const ACTS_OF_KEY: Readonly<Record<string, readonly CallAct[]>> = {
  F1: ['answer'],
  F2: ['hold', 'retrieve'],
  F3: ['mute'],
  F4: ['consult'],
  F6: ['transfer'],
  F7: ['conference'],
  F8: ['keypad'],
  F9: ['rate'],
  Escape: ['hangup'],
}

/** Keys the page takes from the browser even when they do nothing, lest F1 open help or F3 a search. */
export const isOurKey = (key: string): boolean => key in ACTS_OF_KEY && key !== 'Escape'

/** The act this key asks for in this state of the call. */
export function actOfKey(key: Key, call: CallView | null): CallAct | null {
  if (key.repeat) return null
  const acts = actsFor(call)
  if (key.ctrl) return key.key === 'Enter' && acts.includes('complete') ? 'complete' : null
  return ACTS_OF_KEY[key.key]?.find(act => acts.includes(act)) ?? null
}

/** Time in which a second Esc ends a talk. Long enough to read the button, too short to be forgotten. */
export const HANGUP_ARMED_MS = 3000

export type HangupStep =
  { readonly act: 'hang-up' } | { readonly act: 'arm'; readonly until: number }

/** Dialling ends at once; a talk with a citizen ends only at the second Esc, because Esc is also how people leave a field. */
export function onHangupKey(call: CallView, armedUntil: number, now: number): HangupStep {
  if (call.state === 'dialling' || now < armedUntil) return { act: 'hang-up' }
  return { act: 'arm', until: now + HANGUP_ARMED_MS }
}
