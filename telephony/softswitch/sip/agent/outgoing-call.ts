// An INVITE of ours: RFC 3261 §13.2, with forks (§13.2.2.4), CANCEL (§9.1), and a second try after a challenge or 422.
import { randomBytes, randomInt } from 'node:crypto'
import type { HeaderList, InviteOptions, OutgoingCall, OutgoingCallHandler } from '../stack.ts'
import type { Agent, DialogBegin } from '../dialog/core.ts'
import { createDialog, type LiveDialog } from '../dialog/dialog.ts'
import { readSessionTimer } from '../dialog/session-timer.ts'
import {
  headerLine,
  headerList,
  headerTokens,
  type SipRequest,
  type SipResponse,
} from '../message/message.ts'
import { parseNameAddr, tagOf } from '../message/name-addr.ts'
import { parseWhole } from '../message/scan.ts'
import { sdpBody } from '../message/sdp-body.ts'
import { parseVia } from '../message/via.ts'
import { answerChallenge } from '../registrar/challenge.ts'
import type { SentRequest } from '../transaction/layer.ts'
import { newTag } from '../transaction/server.ts'
import type { Flow } from '../transport/flow.ts'
import { buildInvite, MIN_SE_S } from './build-invite.ts'
import { createEarlyDialogs } from './early-dialogs.ts'

/** One for a challenge, one for a nonce that ran out, one for a session interval that is too small. */
const MOST_TRIES = 4

export function openOutgoingCall(
  agent: Agent,
  flow: Flow,
  options: InviteOptions,
  handler: OutgoingCallHandler,
  onDone: () => void,
): OutgoingCall {
  const callId = randomBytes(16).toString('hex')
  const localTag = newTag()
  const dialogs = new Map<string, LiveDialog>()
  const sessionExpiresS = options.sessionExpiresS ?? 0
  let cseq = randomInt(1, 10_000)
  let minSe = MIN_SE_S
  let tries = 0
  let ringing = false
  let cancelled = false
  let settled = false
  let giveUp: NodeJS.Timeout | undefined
  let silence: NodeJS.Timeout | undefined

  const early = createEarlyDialogs(agent, { cseq: () => cseq, begin: beginOf })
  let sent = send([])

  function send(more: HeaderList): SentRequest {
    tries++
    ringing = false
    const parts = { callId, localTag, cseq, more, sessionExpiresS, minSe }
    return agent.transactions.send(buildInvite(agent, flow, options, parts), flow, {
      onAnswer,
      onTimeout: () => rejected(408, 'Request Timeout'),
      onFailed: () => rejected(503, 'Service Unavailable'),
    })
  }

  function settle(say: () => void): void {
    if (settled) return
    settled = true
    clearTimeout(giveUp)
    clearTimeout(silence)
    onDone()
    say()
  }

  function rejected(status: number, reason: string, headers: HeaderList = []): void {
    settle(() => handler.onRejected(status, reason, headers))
  }

  /** Same branch as the INVITE, and only after a first answer. */
  function sendCancel(): void {
    const branch = parseVia(headerLine(sent.request, 'Via') ?? '')?.params.get('branch')
    const kept = ['From', 'To', 'Call-ID', 'Max-Forwards', 'Route']
    const headers = sent.request.headers.filter(([name]) => kept.includes(name))
    const cancel: SipRequest = {
      ...sent.request,
      method: 'CANCEL',
      headers: [...headers, ['CSeq', `${cseq} CANCEL`]],
      body: Buffer.alloc(0),
    }
    const nothing = () => undefined
    const answers = { onAnswer: nothing, onTimeout: nothing, onFailed: nothing }
    agent.transactions.send(cancel, flow, answers, branch)
    giveUp = setTimeout(() => rejected(487, 'Request Terminated'), agent.timers.giveUp)
  }

  function beginOf(response: SipResponse): DialogBegin {
    const remoteTag = remoteTagOf(response)
    return {
      role: 'uac',
      callId,
      localTag,
      remoteTag,
      localAddress: headerLine(sent.request, 'From') ?? '',
      remoteAddress: headerLine(response, 'To') ?? '',
      localUser: options.fromUser,
      localSeq: early.localSeqOf(remoteTag) ?? cseq,
      remoteTarget: parseNameAddr(headerLine(response, 'Contact') ?? '')?.uri ?? sent.request.uri,
      // §12.1.2: in reverse order.
      routeSet: (headerList(response, 'Record-Route') ?? []).reverse(),
      flow,
      behindNat: 'binding' in options.target,
      localSdp: options.sdp,
      allowsUpdate: headerTokens(response, 'Allow').includes('update'),
    }
  }

  function accepted(response: SipResponse): void {
    const remoteTag = remoteTagOf(response)
    const known = dialogs.get(remoteTag)
    if (known !== undefined) return known.core.ack(sent.request)
    const live = createDialog(agent, beginOf(response))
    dialogs.set(remoteTag, live)
    live.core.ack(sent.request)
    if (settled || cancelled) {
      // Another branch was first, or our CANCEL came too late.
      live.dialog.bye()
      rejected(487, 'Request Terminated')
      return
    }
    live.setSessionTimer(readSessionTimer(response))
    const body = sdpBody(response)
    settle(() => handler.onAccepted(live.dialog, body.type === 'sdp' ? body.sdp : undefined))
  }

  /** True when the INVITE was sent once more: with credentials (§22.2), or a longer interval (RFC 4028 §7.3). */
  function triesAgain(response: SipResponse): boolean {
    if (cancelled || settled || tries >= MOST_TRIES) return false
    const credentials =
      options.account &&
      answerChallenge(response, { method: 'INVITE', uri: sent.request.uri }, options.account)
    const least = parseWhole(headerLine(response, 'Min-SE') ?? '', 86_400)
    const isTooSmall =
      response.status === 422 && sessionExpiresS > 0 && least !== undefined && least > minSe
    if (credentials === undefined && !isTooSmall) return false
    // A second refusal of the same password is the last word.
    if (credentials !== undefined && tries > 1 && !isStale(response)) return false
    if (isTooSmall) minSe = least
    cseq++
    sent = send(credentials === undefined ? [] : [credentials])
    return true
  }

  function onAnswer(response: SipResponse): void {
    clearTimeout(silence)
    if (response.status >= 300) {
      if (triesAgain(response)) return
      return rejected(response.status, response.reason, response.headers)
    }
    if (response.status >= 200) return accepted(response)
    const first = !ringing
    ringing = true
    if (cancelled) {
      if (first) sendCancel()
      return
    }
    if (response.status === 100 || !early.receive(remoteTagOf(response), response)) return
    const body = sdpBody(response)
    handler.onProgress(response.status, body.type === 'sdp' ? body.sdp : undefined)
  }

  if (options.silentMs !== undefined) {
    silence = setTimeout(() => {
      // Should it wake up after all, its first word is answered with CANCEL.
      cancelled = true
      rejected(408, 'Request Timeout')
    }, options.silentMs)
  }

  return {
    sipCallId: callId,
    cancel() {
      if (settled || cancelled) return
      cancelled = true
      if (ringing) sendCancel()
    },
  }
}

const NOBODY = { displayName: '', uri: '', params: new Map<string, string>() }

const remoteTagOf = (response: SipResponse): string =>
  tagOf(parseNameAddr(headerLine(response, 'To') ?? '') ?? NOBODY) ?? ''

const isStale = (response: SipResponse): boolean =>
  response.headers.some(
    ([name, value]) =>
      /^(www|proxy)-authenticate$/i.test(name) && /stale\s*=\s*"?true/i.test(value),
  )
