// Fields that several nodes have.
import { z } from 'zod'

export const nodeName = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and hyphens')
export const next = nodeName
export const digit = z.string().regex(/^[0-9*#]$/)
export const variable = z.string().regex(/^[a-z][a-zA-Z0-9]*$/)

/** Text to be spoken (`{{name}}` is replaced by a variable of the call), or a file below `<media>/prompts/custom`. */
export const promptSchema = z.union([
  z.strictObject({ say: z.string().min(1).max(500), voice: z.enum(['female', 'male']).optional() }),
  z.strictObject({ file: z.string().regex(/^[\w-]+\.wav$/) }),
])
export type Prompt = z.infer<typeof promptSchema>
export const prompts = z.union([
  promptSchema.transform(one => [one]),
  z.array(promptSchema).min(1).max(10),
])
