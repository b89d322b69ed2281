// Channels of transcripts: who talks in them.
import { z } from 'zod'
import type { Hub } from './hub.ts'

const agentsSchema = z.array(z.string()).catch([])

/** Agents who talk or have talked in a call, by its channel; the same on a server that follows. */
export const talkersIn =
  (hub: Pick<Hub, 'values'>) =>
  (callId: string): readonly string[] =>
    agentsSchema.parse(hub.values(`transcript:${callId}`).get('agents'))
