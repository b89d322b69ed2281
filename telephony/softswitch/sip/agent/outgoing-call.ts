// An INVITE of ours: RFC 3261 §13.2, with forks (§13.2.2.4) and CANCEL (§9.1).
import { randomBytes, randomInt } from 'node:crypto'
import type { HeaderList, InviteOptions, OutgoingCall, OutgoingCallHandler } from '../stack.ts'
import { capabilityHeaders } from '../dialog/capability.ts'
import type { Agent } from '../dialog/core.ts'
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
import { quote } from '../message/scan.ts'
import { sdpBody } from '../message/sdp-body.ts'
import { bodyHeaders, textBody } from '../message/serialise.ts'
import { escapeUser } from '../message/uri.ts'
import { parseVia } from '../message/via.ts'
import { newTag } from '../transaction/server.ts'
import type { Flow } from '../transport/flow.ts'

export function openOutgoingCall(
  agent: Agent,
  flow: Flow,
  options: InviteOptions,
  handler: OutgoingCallHandler,
  onDone: () => void,
): OutgoingCall {
  const callId = randomBytes(16).toString('hex')
  const localTag = newTag()
  const invite = buildInvite(agent, flow, options, callId, localTag)
  const dialogs = new Map<string, LiveDialog>()
  let ringing = false
  let cancelled = false
  let settled = false
  let giveUp: NodeJS.Timeout | undefined

  function settle(say: () => void): void {
    if (settled) return
    settled = true
    clearTimeout(giveUp)
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
    const headers = invite.headers.filter(([name]) => kept.includes(name))
    const cancel: SipRequest = {
      ...invite,
      method: 'CANCEL',
      headers: [...headers, ['CSeq', cseqOf(invite, 'CANCEL')]],
      body: Buffer.alloc(0),
    }
    const nothing = () => undefined
    const answers = { onAnswer: nothing, onTimeout: nothing, onFailed: nothing }
    agent.transactions.send(cancel, flow, answers, branch)
    giveUp = setTimeout(() => rejected(487, 'Request Terminated'), agent.timers.giveUp)
  }

  function accepted(response: SipResponse): void {
    const remoteTag = tagOf(parseNameAddr(headerLine(response, 'To') ?? '') ?? NOBODY) ?? ''
    const known = dialogs.get(remoteTag)
    if (known !== undefined) return known.core.ack(sent.request)
    const live = createDialog(agent, {
      role: 'uac',
      callId,
      localTag,
      remoteTag,
      localAddress: headerLine(invite, 'From') ?? '',
      remoteAddress: headerLine(response, 'To') ?? '',
      localUser: options.fromUser,
      localSeq: Number.parseInt(cseqOf(invite, ''), 10),
      remoteTarget: parseNameAddr(headerLine(response, 'Contact') ?? '')?.uri ?? invite.uri,
      // §12.1.2: in reverse order.
      routeSet: (headerList(response, 'Record-Route') ?? []).reverse(),
      flow,
      behindNat: 'binding' in options.target,
      localSdp: options.sdp,
      allowsUpdate: headerTokens(response, 'Allow').includes('update'),
    })
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

  const sent = agent.transactions.send(invite, flow, {
    onAnswer(response) {
      if (response.status >= 300) {
        return rejected(response.status, response.reason, response.headers)
      }
      if (response.status >= 200) return accepted(response)
      const first = !ringing
      ringing = true
      if (cancelled) {
        if (first) sendCancel()
        return
      }
      if (response.status === 100) return
      const body = sdpBody(response)
      handler.onProgress(response.status, body.type === 'sdp' ? body.sdp : undefined)
    },
    onTimeout: () => rejected(408, 'Request Timeout'),
    onFailed: () => rejected(503, 'Service Unavailable'),
  })

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

function cseqOf(request: SipRequest, method: string): string {
  return `${Number.parseInt(headerLine(request, 'CSeq') ?? '', 10)} ${method}`
}

function buildInvite(
  agent: Agent,
  flow: Flow,
  options: InviteOptions,
  callId: string,
  localTag: string,
): SipRequest {
  const { target, fromUser, fromName, toUser, sdp } = options
  const { advertisedAddress, realm, userAgent } = agent.options
  const host = 'binding' in target ? realm : bracketed(target.address)
  const name = fromName === '' ? '' : `${quote(fromName)} `
  return {
    type: 'request',
    method: 'INVITE',
    uri: 'binding' in target ? target.binding.contact : target.uri,
    version: '2.0',
    encoding: 'utf8',
    body: textBody(sdp),
    headers: [
      ['Max-Forwards', '70'],
      [
        'From',
        `${name}<sip:${escapeUser(fromUser)}@${bracketed(advertisedAddress)}>;tag=${localTag}`,
      ],
      ['To', `<sip:${escapeUser(toUser)}@${host}>`],
      ['Call-ID', callId],
      ['CSeq', `${randomInt(1, 10_000)} INVITE`],
      ['Contact', agent.contact(fromUser, flow)],
      ['User-Agent', userAgent],
      ...capabilityHeaders,
      ...(options.headers ?? []),
      ...bodyHeaders('application/sdp', sdp),
    ],
  }
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
