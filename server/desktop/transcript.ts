// Channels of transcripts: who talks in them, and how they are shown to those who may not see people whole.
import { z } from 'zod'
import { maskDeep } from '../auth/mask.ts'
import type { Hub } from './hub.ts'

const agentsSchema = z.array(z.string()).catch([])

/** Agents who talk or have talked in a call, by its channel; the same on a server that follows. */
export const talkersIn =
  (hub: Pick<Hub, 'values'>) =>
  (callId: string): readonly string[] =>
    agentsSchema.parse(hub.values(`transcript:${callId}`).get('agents'))

/** A number may be spread over several words: whoever sees it masked gets the sentence without them. */
export const maskTranscript = (message: string): string =>
  JSON.stringify(
    maskDeep(
      JSON.parse(message, (key, value: unknown) =>
        key === 'words' ? undefined : value,
      ) as unknown,
    ),
  )
