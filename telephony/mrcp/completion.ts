// Why a recognition ended: Completion-Cause of RFC 6787 §9.4.11. Pure.

export type Completion =
  /** There is a result to be read. */
  | { readonly type: 'result' }
  | { readonly type: 'no-match' }
  | { readonly type: 'no-input' }
  | { readonly type: 'failed'; readonly fault: 'refused' | 'broken-off' | 'cancelled' }

interface Cause {
  readonly name: string
  readonly means: Completion
}

const result: Completion = { type: 'result' }
const noMatch: Completion = { type: 'no-match' }
const refused: Completion = { type: 'failed', fault: 'refused' }
const brokenOff: Completion = { type: 'failed', fault: 'broken-off' }

const CAUSES: readonly Cause[] = [
  { name: 'success', means: result },
  { name: 'no-match', means: noMatch },
  { name: 'no-input-timeout', means: { type: 'no-input' } },
  { name: 'hotword-maxtime', means: noMatch },
  { name: 'grammar-load-failure', means: refused },
  { name: 'grammar-compilation-failure', means: refused },
  { name: 'recognizer-error', means: brokenOff },
  /** Somebody spoke before the recogniser listened; what came of it is no whole sentence. */
  { name: 'speech-too-early', means: noMatch },
  { name: 'success-maxtime', means: result },
  { name: 'uri-failure', means: refused },
  { name: 'language-unsupported', means: refused },
  { name: 'cancelled', means: { type: 'failed', fault: 'cancelled' } },
  /** Words were matched, but the grammar's tags made no sense of them. */
  { name: 'semantics-failure', means: result },
  { name: 'partial-match', means: noMatch },
  { name: 'partial-match-maxtime', means: noMatch },
  { name: 'no-match-maxtime', means: noMatch },
  { name: 'gram-definition-failure', means: refused },
]

/** Undefined for a number that the RFC does not know. */
export const completionOf = (
  code: number,
): { readonly means: Completion; readonly name: string } | undefined => CAUSES[code]
