// A gateway: registers at its network, asks it every few seconds whether it lives, and says each change as mod_sofia does.
import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Trunk } from '../../trunk/trunk.ts'
import type { Account, Answer, AskOptions, SipStack, Target } from '../sip/stack.ts'
import {
  afterPing,
  afterRegister,
  firstState,
  refreshMs,
  retryMs,
  type GatewayState,
} from './gateway-state.ts'
import type { EventBus } from './switch-event.ts'

export interface GatewayCounts {
  callsIn: number
  callsOut: number
  failedCallsIn: number
  failedCallsOut: number
}

export interface Gateway {
  readonly trunk: Trunk
  state(): GatewayState
  readonly counts: GatewayCounts
  readonly contactUri: string
  readonly account: Account | undefined
  /** Where a call to this number goes; undefined while the host's address is not known. */
  target(number: string): Extract<Target, { readonly uri: string }> | undefined
  /** Registers at once, as `sofia profile … register` does. */
  register(): void
  /** Signs off, and asks no more. */
  close(): Promise<void>
}

export interface GatewayDeps {
  readonly sip: Pick<SipStack, 'ask' | 'contactUri'>
  readonly events: EventBus
  readonly now: () => number
  readonly log: { warn(fields: object, message: string): void }
}

/** An OPTIONS that is not answered within this time has failed; mod_sofia would wait 32 s. */
const PING_LIMIT_MS = 4000
const REGISTER_LIMIT_MS = 10_000
/** Signing off at the end must not hold anything up. */
const GOODBYE_LIMIT_MS = 1000

export function createGateway(trunk: Trunk, deps: GatewayDeps): Gateway {
  const { address, access, options } = trunk
  const transport = address.transport === 'tcp' ? 'tcp' : 'udp'
  const registers = access.type === 'registration'
  const account: Account | undefined = registers
    ? {
        username: access.username,
        password: access.password,
        ...(access.realm === undefined ? {} : { realm: access.realm }),
      }
    : undefined
  const domain = registers ? (access.realm ?? address.host) : address.host
  const identity = `sip:${registers ? access.username : 'hotline'}@${domain}`
  const contactUri = `${deps.sip.contactUri(`gw+${trunk.id}`, transport)};gw=${trunk.id}`
  const callId = randomBytes(16).toString('hex')
  const fromTag = randomBytes(8).toString('hex')
  const counts = { callsIn: 0, callsOut: 0, failedCallsIn: 0, failedCallsOut: 0 }
  let state = firstState(registers, deps.now())
  let ip = isIP(address.host) > 0 ? address.host : undefined
  let cseq = 0
  let pingTimer: NodeJS.Timeout | undefined
  let registerTimer: NodeJS.Timeout | undefined
  let closed = false

  const tell = (answer?: Answer) =>
    deps.events.emit(
      'CUSTOM',
      [
        ['Gateway', trunk.id],
        ['State', state.state],
        ['Ping-Status', state.status],
        ...(registers && ip !== undefined
          ? ([
              ['Register-Network-IP', ip],
              ['Register-Network-Port', String(address.port)],
            ] as const)
          : []),
        ...(answer === undefined || answer.reason === ''
          ? []
          : [['Phrase', answer.reason] as const]),
        ...(answer === undefined ? [] : [['Status', String(answer.status)] as const]),
      ],
      { subclass: 'sofia::gateway_state' },
    )
  const become = (next: GatewayState, answer?: Answer, always = false) => {
    const isNews = next.state !== state.state || next.status !== state.status
    state = next
    if (isNews || always) tell(answer)
  }

  const target: Gateway['target'] = number => {
    if (ip === undefined) return undefined
    const host = address.host.includes(':') ? `[${address.host}]` : address.host
    const user = number === '' ? '' : `${number}@`
    const suffix = transport === 'tcp' ? ';transport=tcp' : ''
    return {
      uri: `sip:${user}${host}:${address.port}${suffix}`,
      address: ip,
      port: address.port,
      transport,
    }
  }

  /** A name may move to another address; the last one known is better than none. */
  const resolve = async () => {
    if (isIP(address.host) > 0) return
    try {
      ip = (await lookup(address.host)).address
    } catch (err) {
      deps.log.warn({ err, trunk: trunk.id }, 'trunk has no address')
    }
  }

  const ask = async (
    method: AskOptions['method'],
    headers: AskOptions['headers'],
    limitMs: number,
  ): Promise<Answer> => {
    await resolve()
    const to = target('')
    if (to === undefined || address.transport === 'tls')
      return { status: 503, reason: 'No Way To It', headers: [], cseq }
    const answer = await deps.sip.ask({
      method,
      target: to,
      fromUri: identity,
      toUri: method === 'REGISTER' ? identity : `sip:${domain}`,
      // OPTIONS belong to no registration: each has a Call-ID of its own.
      callId: method === 'REGISTER' ? callId : randomBytes(16).toString('hex'),
      fromTag,
      cseq: method === 'REGISTER' ? cseq + 1 : 1,
      ...(headers === undefined ? {} : { headers }),
      ...(account === undefined ? {} : { account }),
      limitMs,
    })
    if (method === 'REGISTER') cseq = answer.cseq
    return answer
  }

  const registration = (expiresS: number) =>
    [
      ['Contact', `<${contactUri}>`],
      ['Expires', String(expiresS)],
    ] as const

  const register = async () => {
    if (access.type !== 'registration' || closed) return
    clearTimeout(registerTimer)
    become({ ...state, state: 'UNREGED' })
    become({ ...state, state: 'TRYING' })
    const answer = await ask('REGISTER', registration(access.expiresS), REGISTER_LIMIT_MS)
    if (closed) return
    become(afterRegister(state, answer.status, deps.now()), answer)
    if (state.state === 'REGISTER') {
      become({ ...state, state: 'REGED' })
      registerLater(refreshMs(grantedS(answer, contactUri) ?? access.expiresS))
    } else {
      deps.log.warn({ trunk: trunk.id, status: answer.status }, 'trunk registration failed')
      become({ ...state, state: 'FAIL_WAIT' })
      registerLater(retryMs(state.failures))
    }
  }
  const registerLater = (inMs: number) => {
    clearTimeout(registerTimer)
    registerTimer = setTimeout(() => void register(), inMs)
  }

  const ping = async () => {
    // mod_sofia asks only while the registration stands, or none is needed.
    if (state.state === 'NOREG' || state.state === 'REGED') {
      const askedAt = deps.now()
      const answer = await ask('OPTIONS', [['Contact', `<${contactUri}>`]], PING_LIMIT_MS)
      if (closed) return
      const at = deps.now()
      const { status } = answer
      const { failuresToDown } = options
      // A registration that was lost while we asked says it all already.
      if (state.state === 'NOREG' || state.state === 'REGED') {
        const next = afterPing(state, { status, failuresToDown, tookMs: at - askedAt, at })
        become(next, answer, true)
        if (next.state === 'FAILED') registerLater(0)
      }
    }
    pingTimer = setTimeout(() => void ping(), options.everyS * 1000)
  }

  if (registers) registerTimer = setTimeout(() => void register(), 0)
  if (options.everyS > 0) pingTimer = setTimeout(() => void ping(), 0)
  void resolve()

  return {
    trunk,
    state: () => state,
    counts,
    contactUri,
    account,
    target,
    register: () => void register(),
    async close() {
      if (closed) return
      closed = true
      clearTimeout(pingTimer)
      clearTimeout(registerTimer)
      if (state.state === 'REGED') await ask('REGISTER', registration(0), GOODBYE_LIMIT_MS)
      state = { ...state, state: 'DOWN', status: 'DOWN' }
    },
  }
}

/** RFC 3261 §10.2.4: what the registrar grants stands at our contact, or in Expires. */
function grantedS({ headers }: Answer, contactUri: string): number | undefined {
  const find = (wanted: string, holds = '') =>
    headers.find(([name, value]) => name.toLowerCase() === wanted && value.includes(holds))?.[1]
  const user = contactUri.slice(0, contactUri.indexOf('@'))
  const ours = /;\s*expires\s*=\s*"?(\d+)/i.exec(find('contact', user) ?? '')?.[1]
  const granted = Number(ours ?? find('expires'))
  return Number.isInteger(granted) && granted > 0 ? granted : undefined
}
