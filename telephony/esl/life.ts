// The two ends of a leg's life: what CHANNEL_CREATE and CHANNEL_HANGUP_COMPLETE tell.
import { CAUSES, causeOfSipStatus, type EndCause, toEndCause } from '../call/cause.ts'
import type { LegCreated, LegEnded, SaidByInvite } from '../call/event.ts'
import { agentId } from '../call/id.ts'
import type { EslEvent } from './event.ts'
import { filled, toCount } from './headers.ts'
import { toNumber } from '../trunk/number.ts'

type Happened = Pick<LegCreated, 'at' | 'legId' | 'callId'>

export function created(event: EslEvent, happened: Happened): LegCreated {
  const direction = event.get('Call-Direction') === 'outbound' ? 'outbound' : 'inbound'
  const user = direction === 'inbound' ? userOf(event) : undefined

  return {
    type: 'leg-created',
    ...happened,
    direction,
    callerNumber: toNumber(event.get('Caller-Caller-ID-Number') ?? ''),
    calledNumber: toNumber(event.get('Caller-Destination-Number') ?? ''),
    ...(user === undefined ? {} : { authenticatedAgent: agentId(user) }),
    sipCallId: event.get('variable_sip_call_id') ?? '',
    networkAddress: event.get('variable_sip_network_ip') ?? event.get('Caller-Network-Addr') ?? '',
    video: hasVideo(event),
    ...gatewayOf(event, direction),
    ...(direction === 'inbound' ? saidOf(event) : {}),
  }
}

/** `sip_gateway_name` is a leg's way out, `sip_gateway` the registered gateway whose contact was called. */
const gatewayOf = (event: EslEvent, direction: LegCreated['direction']) => {
  const name = direction === 'outbound' ? 'variable_sip_gateway_name' : 'variable_sip_gateway'
  const gateway = filled(event.get(name))

  return gateway === undefined ? {} : { gateway }
}

/** Field of ours → channel variable of mod_sofia. */
const SAID: Readonly<Record<keyof SaidByInvite, string>> = {
  from: 'sip_from_user',
  to: 'sip_to_user',
  requestUser: 'sip_req_user',
  calledParty: 'sip_h_P-Called-Party-ID',
  asserted: 'sip_P-Asserted-Identity',
  privacy: 'sip_Privacy',
  diversion: 'sip_h_Diversion',
  historyInfo: 'sip_history_info',
  trunk: 'sip_h_X-Hotline-Trunk',
  source: 'sip_h_X-Hotline-Source',
}

const saidOf = (event: EslEvent): { readonly said?: SaidByInvite } => {
  const fields = Object.entries(SAID).flatMap(([field, variable]) => {
    const value = filled(event.get(`variable_${variable}`))

    return value === undefined ? [] : [[field, value]]
  })

  return fields.length === 0 ? {} : { said: Object.fromEntries(fields) }
}

/** The SIP dialog, once there is one. */
export const signalled = (event: EslEvent): { readonly sipCallId?: string } => {
  const sipCallId = filled(event.get('variable_sip_call_id'))

  return sipCallId === undefined ? {} : { sipCallId }
}

/**
 * FreeSWITCH sets `user_name` from its own directory once the digest is right; the INVITE's headers cannot. A trunk known by its
 * address has an `acl_token` and a name as well, and is no agent.
 */
const userOf = (event: EslEvent) =>
  filled(event.get('variable_acl_token')) === undefined
    ? filled(event.get('variable_user_name'))
    : undefined

export function ended(event: EslEvent, happened: Happened): LegEnded {
  const sipStatus = sipStatusOf(event)
  const endedBy = event.get('variable_sip_hangup_disposition')?.startsWith('recv_')
    ? 'far-end'
    : 'switch'
  const quality = qualityOf(event)

  return {
    type: 'leg-ended',
    ...happened,
    ...signalled(event),
    cause: causeOf(event, sipStatus, endedBy),
    ...(sipStatus === undefined ? {} : { sipStatus }),
    endedBy,
    ...(quality === undefined ? {} : { quality }),
  }
}

const causeOf = (
  event: EslEvent,
  sipStatus: number | undefined,
  endedBy: LegEnded['endedBy'],
): EndCause => {
  const cause = toEndCause(event.get('Hangup-Cause') ?? '')
  const isUnknown = cause === 'failed' && event.get('Hangup-Cause') !== CAUSES.failed.freeswitch
  // FreeSWITCH gives a far end's 408 and 504 the cause with which we end orphans.
  const isFarTimeout = cause === 'orphaned' && endedBy === 'far-end'

  return (isUnknown || isFarTimeout) && sipStatus !== undefined
    ? causeOfSipStatus(sipStatus)
    : cause
}

/** Only failure statuses: `sip_term_status` is 200 on a leg that was answered. */
const sipStatusOf = (event: EslEvent) =>
  [event.get('variable_sip_term_status'), event.get('variable_sip_invite_failure_status')]
    .map(toCount)
    .find(status => status !== undefined && status >= 400 && status < 700)

const qualityOf = (event: EslEvent): LegEnded['quality'] => {
  const packetsIn = toCount(event.get('variable_rtp_audio_in_packet_count'))
  const packetsOut = toCount(event.get('variable_rtp_audio_out_packet_count'))
  if (packetsIn === undefined || packetsOut === undefined) return undefined
  const jitterMs = Number(event.get('variable_rtp_audio_in_jitter_ms') ?? '')
  // FreeSWITCH gives the variance in ms²; the deviation is its root.
  const variance = Number(event.get('variable_rtp_audio_in_jitter_max_variance') ?? '')

  return {
    packetsIn,
    packetsOut,
    lost:
      toCount(event.get('variable_rtp_audio_in_flaw_total')) ??
      toCount(event.get('variable_rtp_audio_in_skip_packet_count')) ??
      0,
    jitterMs:
      jitterMs > 0 ? jitterMs : Math.round(Math.sqrt(Math.max(0, variance || 0)) * 100) / 100,
  }
}

// RFC 4566 §5.14: a media line with port 0 is refused.
const hasVideo = (event: EslEvent) =>
  event.get('variable_video_possible') === 'true' ||
  /^m=video [1-9]/m.test(event.get('variable_switch_r_sdp') ?? '')
