// A list that grows at its end: follows the newest, until the reader scrolls up.
import { nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'

/** So near the end counts as the end; half a line. */
const NEAR_PX = 24

/** `stamp` changes with every change of the list, `count` is its length. */
export function useFollow(
  place: Ref<HTMLElement | null>,
  stamp: () => unknown,
  count: () => number,
) {
  const isFollowing = ref(true)
  /** Arrived since the reader left the end. */
  const missed = ref(0)
  let countWhenLeft = 0
  let watcher: ResizeObserver | null = null

  function toNewest(): void {
    isFollowing.value = true
    missed.value = 0
    place.value?.scrollTo({ top: place.value.scrollHeight })
  }
  function onScroll(): void {
    const { value: element } = place
    if (!element) return
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX
    if (isAtEnd) missed.value = 0
    else if (isFollowing.value) countWhenLeft = count()
    isFollowing.value = isAtEnd
  }
  watch(stamp, async () => {
    if (!isFollowing.value) missed.value = Math.max(0, count() - countWhenLeft)
    await nextTick()
    if (isFollowing.value) toNewest()
  })
  onMounted(() => {
    toNewest()
    // A panel that gets smaller must not leave the newest below its edge.
    watcher = new ResizeObserver(() => isFollowing.value && toNewest())
    if (place.value) watcher.observe(place.value)
  })
  onBeforeUnmount(() => watcher?.disconnect())
  return { isFollowing, missed, toNewest, onScroll }
}
