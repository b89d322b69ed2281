// Words of the site that are said, written or recognised in a way of their own, and texts that are tried.
import { z } from 'zod'

/** One word or name. `reading` and `say` are for synthesis, `weight` is for recognition; each needs at least one of them. */
export const speechWordSchema = z.strictObject({
  /** Given by whoever makes the entry; unique in the list. */
  id: z.string().min(1).max(40),
  word: z.string().min(1).max(40),
  /** Pinyin with tones, a syllable a character: `chong2 qing4`. */
  reading: z.string().max(300).optional(),
  /** What is said in its place. */
  say: z.string().min(1).max(200).optional(),
  /** 统筹区 in which it holds; absent: everywhere. */
  area: z.string().min(1).max(40).optional(),
  /** As a hotword of recognisers. */
  weight: z.number().int().min(1).max(100).optional(),
  note: z.string().max(200).optional(),
})
export type SpeechWord = z.infer<typeof speechWordSchema>

/** Replaced as a whole; refused as a whole with the problem of each entry (`details`: `[{field, problem}]`). */
export const speechWordsSchema = z.strictObject({ items: z.array(speechWordSchema).max(2000) })
export type SpeechWords = z.infer<typeof speechWordsSchema>

/** `POST /api/speech/try`: answered with the sound; its headers say `x-speech-engine` and `x-speech-ms`. */
export const speechTrySchema = z.strictObject({
  text: z.string().min(1).max(1000),
  voice: z.enum(['female', 'male']).optional(),
  style: z.enum(['plain', 'calm', 'lively', 'elder']).optional(),
  effect: z.enum(['reverb', 'echo', 'robot', 'chorus', 'near', 'far', 'background']).optional(),
  format: z.enum(['wav', 'pcm', 'mp3']).default('wav'),
  area: z.string().min(1).max(40).optional(),
})
export type SpeechTry = z.infer<typeof speechTrySchema>
