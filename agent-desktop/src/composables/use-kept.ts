import { ref, watch, type Ref } from 'vue'

/** A small value that outlives the page: column choice, saved filters, devices. Nothing secret. */
export function useKept<T>(name: string, initial: T): Ref<T> {
  const key = `hotline.${name}`
  const kept = ref(read(key, initial)) as Ref<T>
  watch(kept, value => localStorage.setItem(key, JSON.stringify(value)), { deep: true })
  return kept
}

function read<T>(key: string, initial: T): T {
  const text = localStorage.getItem(key)
  if (text === null) return initial
  try {
    return JSON.parse(text) as T
  } catch {
    // Written by another version or by hand: begin anew.
    localStorage.removeItem(key)
    return initial
  }
}
