// The phone's registration: one WebSocket to the switch, held and won back.
import { Registerer, RegistererState, UserAgent, type Invitation } from 'sip.js'
import { phoneAddress, phoneRetryMs, type PhoneState } from '../../state/phone.ts'
import type { PhoneAccount } from '../../state/protocol.ts'

const EXPIRES_S = 60
const CONNECT_LIMIT_S = 5
/** Host candidates come at once; a silent STUN server must not delay an answer. */
const GATHERING_LIMIT_MS = 700

export interface LineDeps {
  readonly account: PhoneAccount
  /** Same for every load of this page, so that the switch knows the phone again. */
  readonly instanceId: string
  readonly onState: (state: PhoneState) => void
  readonly onRing: (invitation: Invitation) => void
}

export interface Line {
  start(): void
  /** Knocks at once instead of waiting for the next try. */
  hurry(): void
  stop(): Promise<void>
}

export function createLine({ account, instanceId, onState, onRing }: LineDeps): Line {
  const uri = UserAgent.makeURI(`sip:${account.user}@${account.realm}`)
  if (!uri) throw new Error('the phone account has no usable address')
  let attempt = 0
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let isWanted = false
  let isKnocking = false

  const agent = new UserAgent({
    uri,
    displayName: account.displayName,
    authorizationUsername: account.user,
    authorizationPassword: account.password,
    contactName: account.user,
    instanceId,
    transportOptions: {
      server: phoneAddress(account.webSocketUrl, location),
      connectionTimeout: CONNECT_LIMIT_S,
      traceSip: false,
    },
    sessionDescriptionHandlerFactoryOptions: {
      iceGatheringTimeout: GATHERING_LIMIT_MS,
      peerConnectionConfiguration: {
        // Copied: what arrives from the API is frozen by nobody, but exact optional types differ.
        iceServers: account.iceServers.map(server => ({
          urls: server.urls,
          ...(server.username === undefined ? {} : { username: server.username }),
          ...(server.credential === undefined ? {} : { credential: server.credential }),
        })),
      },
    },
    // The caller's ring time is the server's; the phone must not end it earlier.
    noAnswerTimeout: 180,
    gracefulShutdown: false,
    logBuiltinEnabled: false,
    delegate: { onInvite: onRing, onDisconnect: () => lose() },
  })
  const registerer = new Registerer(agent, { expires: EXPIRES_S, refreshFrequency: 75, regId: 1 })
  registerer.stateChange.addListener(state => {
    if (state === RegistererState.Registered) {
      attempt = 0
      onState({ state: 'registered', since: Date.now() })
    } else if (state === RegistererState.Unregistered && !isKnocking) lose()
  })

  function lose(): void {
    if (!isWanted || retryTimer !== undefined) return
    const waitMs = phoneRetryMs(attempt, Math.random())
    attempt += 1
    onState({ state: 'lost', since: Date.now(), retryAt: Date.now() + waitMs })
    retryTimer = setTimeout(knock, waitMs)
  }

  async function knock(): Promise<void> {
    clearTimeout(retryTimer)
    retryTimer = undefined
    if (isKnocking || !isWanted) return
    isKnocking = true
    try {
      if (!agent.isConnected()) await (attempt === 0 ? agent.start() : agent.reconnect())
      await register()
      isKnocking = false
    } catch {
      // No socket or no answer: `lose` waits and tries again.
      isKnocking = false
      lose()
    }
  }

  function register(): Promise<void> {
    return new Promise((resolve, reject) => {
      registerer
        .register({
          requestDelegate: {
            onAccept: () => resolve(),
            onReject: response => {
              const { statusCode } = response.message
              if (statusCode === 401 || statusCode === 403) {
                isWanted = false
                onState({ state: 'refused', since: Date.now(), reason: 'bad-account' })
                resolve()
              } else reject(new Error(`REGISTER got ${statusCode}`))
            },
          },
        })
        .catch(reject)
    })
  }

  return {
    start: () => {
      isWanted = true
      onState({ state: 'connecting', since: Date.now() })
      void knock()
    },
    hurry: () => {
      attempt = Math.max(attempt, 1)
      if (isWanted && registerer.state !== RegistererState.Registered) void knock()
    },
    stop: async () => {
      isWanted = false
      clearTimeout(retryTimer)
      if (agent.isConnected()) await registerer.unregister().catch(() => undefined)
      await agent.stop()
      onState({ state: 'off' })
    },
  }
}
