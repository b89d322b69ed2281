// Keys a party presses: the DTMF event, the far side of a bridge, and the key that ends a playback.
import { announce, type Board } from './board.ts'
import { isDown, setVariable, type Channel } from './channel.ts'

/** FreeSWITCH counts a digit's length in samples at 8 kHz. */
const SAMPLES_PER_MS = 8

/** mod_dptools 1.10: `*` ends a playback unless playback_terminators says otherwise. */
export function isTerminator(variables: ReadonlyMap<string, string>, digit: string): boolean {
  const keys = variables.get('playback_terminators') ?? '*'
  if (keys === 'none') return false
  return keys === 'any' ? /^[0-9*#]$/.test(digit) : keys.includes(digit)
}

export function onDigit(
  board: Board,
  channel: Channel,
  digit: string,
  durationMs: number,
  source = 'RTP',
): void {
  if (isDown(channel)) return
  announce(board, channel, 'DTMF', [
    ['DTMF-Digit', digit],
    ['DTMF-Duration', String(Math.round(durationMs * SAMPLES_PER_MS))],
    ['DTMF-Source', source],
  ])
  const { running, partner } = channel
  if (partner !== undefined && source !== 'RTP')
    board.media.sendDigits(partner.audio, digit, durationMs)
  if (running?.name === 'playback' && isTerminator(channel.variables, digit)) {
    setVariable(channel, 'playback_terminator_used', digit)
    running.stop()
  }
}
