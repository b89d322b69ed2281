// One leg at the browser: its sound, its microphone, its way back after a change of network.
import { SessionState, Web, type Invitation } from 'sip.js'

/** Chromium calls a path `disconnected` after some 5 s without an answer; then a new path is sought. */
const RESTART_AFTER_MS = 1500

export interface Leg {
  readonly from: string
  readonly header: (name: string) => string | undefined
  readonly state: () => 'ringing' | 'answering' | 'talking' | 'ended'
  answer(audio: MediaTrackConstraints): Promise<void>
  reject(): Promise<void>
  /** Ends this leg only; what the server does with the call is its affair. */
  hangUp(): Promise<void>
  mute(muted: boolean): void
  /** RFC 4733, sent by the browser itself. */
  sendDigits(digits: string): boolean
  seekNewPath(): void
}

export interface LegDeps {
  readonly invitation: Invitation
  readonly onChange: () => void
  readonly onSound: (stream: MediaStream) => void
}

export function createLeg({ invitation, onChange, onSound }: LegDeps): Leg {
  let isMuted = false
  let restartTimer: ReturnType<typeof setTimeout> | undefined

  const handler = (): Web.SessionDescriptionHandler | undefined => {
    const found = invitation.sessionDescriptionHandler
    return found instanceof Web.SessionDescriptionHandler ? found : undefined
  }
  const connection = () => handler()?.peerConnection

  function mute(muted: boolean): void {
    isMuted = muted
    for (const sender of connection()?.getSenders() ?? [])
      if (sender.track) sender.track.enabled = !muted
  }

  function seekNewPath(): void {
    if (invitation.state !== SessionState.Established) return
    invitation
      .invite({
        sessionDescriptionHandlerOptions: { offerOptions: { iceRestart: true } } as object,
      })
      .catch(() => {
        // A re-INVITE is under way, RFC 3261 §14.1: try again when it is over.
        clearTimeout(restartTimer)
        restartTimer = setTimeout(seekNewPath, RESTART_AFTER_MS * 2)
      })
  }

  function watchPath(): void {
    const watched = connection()
    if (!watched) return
    watched.addEventListener('iceconnectionstatechange', () => {
      clearTimeout(restartTimer)
      const { iceConnectionState } = watched
      if (iceConnectionState === 'failed') seekNewPath()
      if (iceConnectionState === 'disconnected')
        restartTimer = setTimeout(seekNewPath, RESTART_AFTER_MS)
    })
    watched.addEventListener('track', event => {
      if (event.streams[0]) onSound(event.streams[0])
    })
  }

  invitation.stateChange.addListener(state => {
    if (state === SessionState.Established) {
      mute(isMuted)
      const stream = handler()?.remoteMediaStream
      if (stream) onSound(stream)
    }
    if (state === SessionState.Terminated) clearTimeout(restartTimer)
    onChange()
  })

  return {
    from: invitation.remoteIdentity.uri.user ?? '',
    header: name => invitation.request.getHeader(name),
    state: () => stateOf(invitation.state),
    answer: async audio => {
      await invitation.accept({
        sessionDescriptionHandlerOptions: { constraints: { audio, video: false } } as object,
      })
      watchPath()
    },
    reject: () => invitation.reject({ statusCode: 486 }),
    hangUp: async () => {
      if (invitation.state === SessionState.Established) await invitation.bye()
      else if (invitation.state === SessionState.Initial) await invitation.reject()
    },
    mute,
    sendDigits: digits => {
      const sender = connection()
        ?.getSenders()
        .find(candidate => candidate.dtmf)
      if (!sender?.dtmf?.canInsertDTMF) return false
      sender.dtmf.insertDTMF(digits, 160, 70)
      return true
    },
    seekNewPath,
  }
}

function stateOf(state: SessionState): ReturnType<Leg['state']> {
  switch (state) {
    case SessionState.Initial:
      return 'ringing'
    case SessionState.Establishing:
      return 'answering'
    case SessionState.Established:
      return 'talking'
    default:
      return 'ended'
  }
}
