// One tick a second for the whole page, on the server's clock.
import { computed, ref } from 'vue'
import { useLink } from './use-link.ts'

const browserNow = ref(Date.now())

function tick(): void {
  browserNow.value = Date.now()
  // Next whole second of the server, so that all durations change together.
  const { clockOffsetMs } = useLink().link.value
  setTimeout(tick, 1000 - ((browserNow.value + clockOffsetMs) % 1000) + 5)
}
tick()

const now = computed(() => browserNow.value + useLink().link.value.clockOffsetMs)

/** Ticking instant on the server's clock; `exactNow` for deadlines. */
export const useClock = () => ({
  now,
  browserNow,
  exactNow: () => Date.now() + useLink().link.value.clockOffsetMs,
})
