// A channel's sound in figures, under FreeSWITCH's names (switch_core_media.c, set_stats).
import type { PortStats } from '../media/media.ts'
import type { Channel } from './channel.ts'

/** Puts what the media plane has counted into the channel's variables. */
export function recordStats(channel: Channel, stats: PortStats): void {
  const values: readonly (readonly [string, number])[] = [
    ['rtp_audio_in_media_packet_count', stats.packetsIn],
    ['rtp_audio_in_packet_count', stats.packetsIn],
    ['rtp_audio_in_skip_packet_count', stats.lost],
    ['rtp_audio_in_jitter_packet_count', stats.late],
    ['rtp_audio_in_flaw_total', stats.lost],
    ['rtp_audio_out_media_packet_count', stats.packetsOut],
    ['rtp_audio_out_packet_count', stats.packetsOut],
  ]
  for (const [name, value] of values) channel.variables.set(name, String(value))
  // FreeSWITCH gives variances, in ms²; ours is the RFC 3550 §6.4.1 estimate, a deviation in ms.
  channel.variables.set('rtp_audio_in_jitter_ms', stats.jitterMs.toFixed(2))
  channel.variables.set('rtp_audio_in_jitter_min_variance', (stats.jitterMs ** 2).toFixed(2))
  channel.variables.set('rtp_audio_in_jitter_max_variance', (stats.jitterMs ** 2).toFixed(2))
  const heard = stats.packetsIn + stats.lost
  channel.variables.set(
    'rtp_audio_in_jitter_loss_rate',
    (heard === 0 ? 0 : (100 * stats.lost) / heard).toFixed(2),
  )
  if (stats.roundTripMs !== undefined)
    channel.variables.set('rtp_audio_rtt_ms', String(stats.roundTripMs))
}
