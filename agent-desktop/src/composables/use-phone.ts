// The agent's phone in the browser. The server owns the call; this only lends it an ear and a mouth.
import { computed, ref, shallowRef, triggerRef } from 'vue'
import { decideRing, EXPECT_LEG_MS, type PhoneState } from '../state/phone.ts'
import type { PhoneAccount } from '../state/protocol.ts'
import { api } from './api.ts'
import type { Leg } from './phone/leg.ts'
import type { Line } from './phone/line.ts'
import { createTabLock, type TabLock } from './phone/tab-lock.ts'
import { useDevices } from './use-devices.ts'
import { useKept } from './use-kept.ts'
import { useSound } from './use-sound.ts'

const phone = shallowRef<PhoneState>({ state: 'off' })
const leg = shallowRef<Leg | null>(null)
const isMuted = ref(false)
/** The browser refuses to play until somebody clicks. */
const isSoundBlocked = ref(false)
/** Set by the desktop: what the server says of this agent. */
const autoAnswer = ref(false)
const instanceId = useKept('phone-instance', crypto.randomUUID?.() ?? '')
const { audioWishes, openMicrophone, speakerId } = useDevices()
const sound = useSound()

let line: Line | null = null
let lock: TabLock | null = null
let expectedUntil = 0
const speaker = new Audio()
speaker.autoplay = true

function hear(stream: MediaStream): void {
  if (speaker.srcObject !== stream) speaker.srcObject = stream
  if (speakerId.value) void speaker.setSinkId?.(speakerId.value).catch(() => undefined)
  speaker.play().then(
    () => (isSoundBlocked.value = false),
    () => (isSoundBlocked.value = true),
  )
}

function unblockSound(): void {
  speaker.play().then(
    () => (isSoundBlocked.value = false),
    () => undefined,
  )
}

async function onHeld(): Promise<void> {
  try {
    // Both are loaded only by those who have a phone: 60 kB that a record reader does without.
    const [{ createLine }, { createLeg }, account] = await Promise.all([
      import('./phone/line.ts'),
      import('./phone/leg.ts'),
      api.get<PhoneAccount>('/api/phone'),
    ])
    line = createLine({
      account,
      instanceId: instanceId.value,
      onState: state => (phone.value = state),
      onRing: invitation => {
        const ringing = createLeg({
          invitation,
          onSound: hear,
          onChange: () => onLegChanged(ringing),
        })
        onRing(ringing)
      },
    })
    line.start()
  } catch {
    // The account could not be read: the server is away. Ask again.
    phone.value = { state: 'lost', since: Date.now(), retryAt: Date.now() + 3000 }
    setTimeout(() => {
      if (lock && !line) void onHeld()
    }, 3000)
  }
}

function onRing(ringing: Leg): void {
  // A resumed leg replaces the one that the reload took away.
  if (leg.value && leg.value.state() !== 'ended' && !ringing.header('X-Hotline-Resume')) {
    void ringing.reject()
    return
  }
  leg.value = ringing
  const header = (name: string) => ringing.header(name)
  const [callInfo, alertInfo, resume] = [
    header('Call-Info'),
    header('Alert-Info'),
    header('X-Hotline-Resume'),
  ]
  const decision = decideRing(
    {
      ...(callInfo === undefined ? {} : { callInfo }),
      ...(alertInfo === undefined ? {} : { alertInfo }),
      ...(resume === undefined ? {} : { resume }),
    },
    { autoAnswer: autoAnswer.value, expectedUntil, now: Date.now() },
  )
  if (decision === 'ring') return
  const wasExpected = Date.now() < expectedUntil
  if (decision === 'answer' && !wasExpected) sound.beep()
  void answer()
}

function onLegChanged(changed: Leg): void {
  if (leg.value !== changed) return
  if (changed.state() === 'ended') {
    leg.value = null
    isMuted.value = false
    speaker.srcObject = null
  } else triggerRef(leg)
}

async function answer(): Promise<'answered' | 'no-leg' | 'no-microphone'> {
  const ringing = leg.value
  if (ringing?.state() !== 'ringing') return 'no-leg'
  expectedUntil = 0
  try {
    await ringing.answer(audioWishes())
    ringing.mute(isMuted.value)
    return 'answered'
  } catch (error) {
    if (error instanceof DOMException) {
      setRefused(error)
      return 'no-microphone'
    }
    return 'no-leg'
  }
}

function setRefused(error: DOMException): void {
  const reason =
    error.name === 'NotAllowedError'
      ? 'microphone-denied'
      : error.name === 'SecurityError'
        ? 'not-secure'
        : 'no-microphone'
  phone.value = { state: 'refused', since: Date.now(), reason }
}

/** Asks for the microphone first: a phone that can't speak must not take calls. */
async function start(userId: string): Promise<void> {
  if (lock) return
  phone.value = { state: 'connecting', since: Date.now() }
  lock = createTabLock(
    `hotline-phone-${userId}`,
    () => void onHeld(),
    () => {
      void line?.stop()
      line = null
      phone.value = { state: 'elsewhere', since: Date.now() }
    },
  )
  try {
    const stream = await openMicrophone()
    for (const track of stream.getTracks()) track.stop()
  } catch (error) {
    lock = null
    setRefused(error instanceof DOMException ? error : new DOMException('', 'NotFoundError'))
    return
  }
  lock.hold(false)
}

async function stop(): Promise<void> {
  lock?.release()
  lock = null
  const stopping = line
  line = null
  await stopping?.stop()
  phone.value = { state: 'off' }
}

function setMuted(muted: boolean): void {
  isMuted.value = muted
  leg.value?.mute(muted)
}

window.addEventListener('online', () => {
  line?.hurry()
  leg.value?.seekNewPath()
})

export const usePhone = () => ({
  phone,
  leg: computed(() => (leg.value ? { from: leg.value.from, state: leg.value.state() } : null)),
  isMuted,
  isSoundBlocked,
  autoAnswer,
  start,
  stop,
  answer,
  setMuted,
  unblockSound,
  hangUp: () => leg.value?.hangUp() ?? Promise.resolve(),
  takeOver: () => lock?.hold(true),
  retry: (userId: string) => stop().then(() => start(userId)),
  sendDigits: (digits: string) => leg.value?.sendDigits(digits) ?? false,
  /** The page has asked for a leg and will take the next one that rings. */
  expectLeg: () => (expectedUntil = Date.now() + EXPECT_LEG_MS),
})
