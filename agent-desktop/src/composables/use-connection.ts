// The three dots of the top bar: server, phone, network.
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { formatDuration } from '../state/duration.ts'
import { useClock } from './use-clock.ts'
import { useLink } from './use-link.ts'
import { usePhone } from './use-phone.ts'

export interface Dot {
  readonly id: 'server' | 'phone' | 'network'
  readonly level: 'good' | 'warn' | 'bad' | 'off'
  readonly words: string
}

const isOnline = ref(navigator.onLine)
window.addEventListener('online', () => (isOnline.value = true))
window.addEventListener('offline', () => (isOnline.value = false))

export function useConnection() {
  const { link } = useLink()
  const { phone } = usePhone()
  const { browserNow } = useClock()
  const { t } = useI18n()
  const age = (since: number) => formatDuration(browserNow.value - since)

  const server = computed<Dot>(() => {
    const { state, since, roundTripMs } = link.value
    const level = state === 'open' ? 'good' : state === 'lost' ? 'bad' : 'warn'
    const delay = Number.isFinite(roundTripMs) ? Math.round(roundTripMs) : 0
    return {
      id: 'server',
      level,
      words: t(`connection.server.${state}`, { age: age(since), delay }),
    }
  })
  const phoneDot = computed<Dot>(() => {
    const now = phone.value
    const level =
      now.state === 'registered'
        ? 'good'
        : now.state === 'connecting'
          ? 'warn'
          : now.state === 'off'
            ? 'off'
            : 'bad'
    const words =
      now.state === 'refused'
        ? t(`connection.phone.${now.reason}`)
        : t(`connection.phone.${now.state}`, { age: 'since' in now ? age(now.since) : '' })
    return { id: 'phone', level, words }
  })
  const network = computed<Dot>(() => ({
    id: 'network',
    level: isOnline.value ? 'good' : 'bad',
    words: t(isOnline.value ? 'connection.network.online' : 'connection.network.offline'),
  }))

  return {
    dots: computed(() =>
      // Somebody without a phone needs no word about it.
      phone.value.state === 'off'
        ? [server.value, network.value]
        : [server.value, phoneDot.value, network.value],
    ),
    isLost: computed(() => link.value.state === 'lost'),
    lostFor: computed(() => age(link.value.since)),
  }
}
