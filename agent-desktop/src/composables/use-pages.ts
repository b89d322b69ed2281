// A list that comes in pages: read, read again, read on.
import { ref, shallowRef } from 'vue'
import { api } from './api.ts'
import { wordsOf } from './use-act.ts'

interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** `path` without a cursor; what comes along with the items stands in `first`. */
export function usePages<T, P extends Page<T> = Page<T>>(path: () => string) {
  const items = shallowRef<readonly T[]>([])
  const first = shallowRef<P | null>(null)
  const next = ref<string | null>(null)
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const problem = ref('')

  async function read(): Promise<void> {
    try {
      const page = await api.get<P>(path())
      first.value = page
      items.value = page.items
      next.value = page.nextCursor
      state.value = 'ready'
    } catch (error) {
      problem.value = wordsOf(error)
      state.value = 'failed'
    }
  }
  async function more(): Promise<void> {
    if (next.value === null) return
    const joint = path().includes('?') ? '&' : '?'
    try {
      const page = await api.get<P>(`${path()}${joint}cursor=${encodeURIComponent(next.value)}`)
      items.value = [...items.value, ...page.items]
      next.value = page.nextCursor
    } catch (error) {
      problem.value = wordsOf(error)
      state.value = 'failed'
    }
  }
  return { items, first, next, state, problem, read, more }
}
