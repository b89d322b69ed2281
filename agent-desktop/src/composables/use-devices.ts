// Microphones and speakers: which there are, which was chosen, and whether we may.
import { ref } from 'vue'
import { useKept } from './use-kept.ts'

export interface Device {
  readonly id: string
  readonly label: string
}
const microphones = ref<readonly Device[]>([])
const speakers = ref<readonly Device[]>([])
const permission = ref<'unknown' | 'granted' | 'denied' | 'prompt' | 'no-device' | 'not-secure'>(
  'unknown',
)
const microphoneId = useKept('microphone', '')
const speakerId = useKept('speaker', '')

async function refresh(): Promise<void> {
  if (!navigator.mediaDevices) {
    permission.value = 'not-secure'
    return
  }
  const found = await navigator.mediaDevices.enumerateDevices()
  const ofKind = (kind: MediaDeviceKind) =>
    found
      .filter(device => device.kind === kind && device.deviceId !== '')
      .map(device => ({ id: device.deviceId, label: device.label || device.deviceId.slice(0, 8) }))
  microphones.value = ofKind('audioinput')
  speakers.value = ofKind('audiooutput')
  permission.value = await readPermission(found)
}

async function readPermission(found: readonly MediaDeviceInfo[]): Promise<typeof permission.value> {
  if (!found.some(device => device.kind === 'audioinput')) return 'no-device'
  const status = await navigator.permissions
    ?.query({ name: 'microphone' as PermissionName })
    .catch(() => null)
  if (status) return status.state
  return found.some(device => device.label) ? 'granted' : 'prompt'
}

/** Wishes for the microphone: the chosen one where it is still plugged in. */
function audioWishes(): MediaTrackConstraints {
  const wishes = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  const isThere = microphones.value.some(device => device.id === microphoneId.value)
  return isThere ? { ...wishes, deviceId: { exact: microphoneId.value } } : wishes
}

/** @throws {DOMException} NotAllowedError, NotFoundError: told apart by `name`. */
async function openMicrophone(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new DOMException('needs a secure page', 'SecurityError')
  const stream = await navigator.mediaDevices.getUserMedia({ audio: audioWishes() })
  await refresh()
  return stream
}

navigator.mediaDevices?.addEventListener('devicechange', () => void refresh())

export const useDevices = () => ({
  microphones,
  speakers,
  permission,
  microphoneId,
  speakerId,
  refresh,
  audioWishes,
  openMicrophone,
})
