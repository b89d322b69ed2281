// Adding voices. The sum is kept in 32 bits and cut to 16 at the end.

/** Adds `count` samples to a sum. */
export const addVoice = (sum: Int32Array, voice: Int16Array, count: number): void => {
  for (let i = 0; i < count; i++) sum[i] = (sum[i] ?? 0) + (voice[i] ?? 0)
}

/** Cuts a sum to 16 bits. */
export const takeMix = (sum: Int32Array, into: Int16Array, count: number): void => {
  for (let i = 0; i < count; i++) {
    const value = sum[i] ?? 0
    into[i] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value
  }
}
