// What a failed statement means, by PostgreSQL's codes (appendix A of its manual); pg and PGlite give the same.

const codeOf = (err: unknown): string | undefined =>
  err instanceof Error && 'code' in err && typeof err.code === 'string' ? err.code : undefined

/** 23505: such a key is there already. */
export const isDuplicate = (err: unknown): boolean => codeOf(err) === '23505'

// Class 22: a value that can't be stored; 23: one that breaks a rule of its table; 54: one that is too large.
const REFUSED = /^(?:22|23|54)[0-9A-Z]{3}$/

/** The data is at fault and will be the next time as well; anything else may pass. */
export const isRefusedData = (err: unknown): boolean => REFUSED.test(codeOf(err) ?? '')
