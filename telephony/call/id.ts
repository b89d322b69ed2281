// Ids are branded: a leg id where a call id is wanted does not compile.

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

/** What the customer lives through. Equals the id of the leg that began it. */
export type CallId = Id<'call'>
/** One party's connection at the switch; the switch's channel UUID. */
export type LegId = Id<'leg'>
/** Agent number (工号), such as `1001`. */
export type AgentId = Id<'agent'>
/** Skill group (技能组), such as `consult`. */
export type QueueId = Id<'queue'>
/** One execution of a prompt, chosen by us and given back by the switch. */
export type PlayId = Id<'play'>
/** One utterance that the switch's recogniser is asked for, chosen by us. */
export type DetectId = Id<'detect'>
/** One recording; names its file and its row. */
export type RecordingId = Id<'recording'>
/** A named IVR flow. */
export type FlowId = Id<'flow'>

export const callId = (value: string) => value as CallId
export const legId = (value: string) => value as LegId
export const agentId = (value: string) => value as AgentId
export const queueId = (value: string) => value as QueueId
export const playId = (value: string) => value as PlayId
export const detectId = (value: string) => value as DetectId
export const recordingId = (value: string) => value as RecordingId
export const flowId = (value: string) => value as FlowId
