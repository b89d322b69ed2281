/** Reasons an agent may give; codes travel, words are in the language files. */
export const BUSY_REASONS = ['short-break', 'meal', 'meeting', 'training', 'other'] as const
