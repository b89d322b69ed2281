// Who handles a request: RFC 3261 §8.2, in its order: method, headers, dialog.
import {
  acceptHeaders,
  ALLOWED,
  allowHeaders,
  capabilityHeaders,
  KNOWN_METHODS,
  SUPPORTED,
} from '../dialog/capability.ts'
import type { Agent } from '../dialog/core.ts'
import { headerLine, headerTokens } from '../message/message.ts'
import { uriUser } from '../message/uri.ts'
import type { Authenticator, Identity } from '../registrar/authenticate.ts'
import type { BindingStore } from '../registrar/bindings.ts'
import { register, registeredUser } from '../registrar/register.ts'
import type { RequestUser } from '../transaction/layer.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import { openIncomingCall, type OpenIncomingCall } from './incoming-call.ts'

interface DispatchOptions {
  readonly agent: () => Agent
  readonly authenticator: Authenticator
  readonly bindings: BindingStore
  readonly isClosing: () => boolean
}

export function createDispatch(options: DispatchOptions): RequestUser {
  const { authenticator, bindings } = options
  const calls = new Map<ServerTransaction, OpenIncomingCall>()

  function refuseBadCredentials(transaction: ServerTransaction, user: string): void {
    const { gate, log } = options.agent().options
    gate.onBadCredentials(transaction.flow.source, user).then(
      () => transaction.answer({ status: 403 }),
      (error: unknown) => {
        log.error({ err: error }, 'The gate failed.')
        transaction.answer({ status: 500 })
      },
    )
  }

  /** The user, or undefined when the request has been (or will be) answered here. */
  function accepted(transaction: ServerTransaction, identity: Identity): string | undefined {
    switch (identity.type) {
      case 'right':
        options.agent().options.gate.onGoodCredentials(transaction.flow.source, identity.user)
        return identity.user
      case 'wrong':
        refuseBadCredentials(transaction, identity.user)
        return undefined
      case 'stale':
      case 'none': {
        const headers = authenticator.challenge(identity.type === 'stale')
        transaction.answer({ status: 401, headers })
        return undefined
      }
    }
  }

  function receiveRegister(transaction: ServerTransaction): void {
    const user = registeredUser(transaction.envelope.to)
    if (user === undefined) {
      return transaction.answer({ status: 400, reason: 'To Is No SIP Address Of Record' })
    }
    const sender = accepted(transaction, authenticator.identify(transaction.request))
    if (sender === undefined) return
    if (sender !== user) return transaction.answer({ status: 403 })
    register(transaction, user, bindings)
  }

  function receiveInvite(transaction: ServerTransaction): void {
    const { request, envelope } = transaction
    const { directory } = options.agent().options
    if (options.isClosing()) return transaction.answer({ status: 503 })
    // §20.1: an Accept that leaves out session descriptions cannot be met.
    const accepts = headerTokens(request, 'Accept').map(range => range.split(';')[0]?.trim() ?? '')
    const takesSdp = ['application/sdp', 'application/*', '*/*']
    if (
      headerLine(request, 'Accept') !== undefined &&
      !accepts.some(range => takesSdp.includes(range))
    ) {
      return transaction.answer({ status: 406, headers: acceptHeaders })
    }
    const fromUser = uriUser(envelope.from.uri)
    const claimsUser = directory.ha1(fromUser) !== undefined
    const identity = authenticator.identify(request)
    let user: string | undefined
    if (claimsUser || identity.type !== 'none') {
      user = accepted(transaction, identity)
      if (user === undefined) return
      if (claimsUser && user !== fromUser) return transaction.answer({ status: 403 })
    }
    const call = openIncomingCall(options.agent(), transaction, user, () =>
      calls.delete(transaction),
    )
    if (call !== undefined && !transaction.isAnswered()) calls.set(transaction, call)
  }

  return {
    onRequest(transaction) {
      const { request, envelope } = transaction
      const { method } = request
      if (!ALLOWED.includes(method)) {
        const status = KNOWN_METHODS.includes(method) ? 405 : 501
        return transaction.answer({ status, headers: allowHeaders })
      }
      const unknown = headerTokens(request, 'Require').filter(option => !SUPPORTED.includes(option))
      if (unknown.length > 0) {
        return transaction.answer({ status: 420, headers: [['Unsupported', unknown.join(', ')]] })
      }
      const { callId, toTag, fromTag } = envelope
      if (toTag !== undefined) {
        const participant = options.agent().registry.find(callId, toTag, fromTag)
        if (participant === undefined) transaction.answer({ status: 481 })
        else participant.receive(transaction)
        return
      }
      switch (method) {
        case 'REGISTER':
          return receiveRegister(transaction)
        case 'INVITE':
          return receiveInvite(transaction)
        case 'OPTIONS':
          return transaction.answer({
            status: 200,
            headers: [...capabilityHeaders, ...acceptHeaders],
          })
        default:
          return transaction.answer({ status: 481 })
      }
    },
    onAck(request, { callId, toTag, fromTag, ...rest }) {
      if (toTag === undefined) return
      const envelope = { callId, toTag, fromTag, ...rest }
      options.agent().registry.find(callId, toTag, fromTag)?.receiveAck(request, envelope)
    },
    onCancel(cancel, invite) {
      if (invite === undefined) return cancel.answer({ status: 481 })
      cancel.answer({ status: 200, toTag: invite.localTag })
      const call = calls.get(invite)
      if (call !== undefined) call.cancel()
      else invite.answer({ status: 487 })
    },
  }
}
