// Notes of the call at hand: kept in the browser at each stroke, sent on wrap-up.
import { ref, watch, type Ref } from 'vue'
import { isStale, emptyText, textOf, toSend, type Draft } from '../state/draft.ts'
import type { CallView } from '../state/protocol.ts'
import { api } from './api.ts'

const keyOf = (callId: string) => `hotline.draft.${callId}`

function readDraft(callId: string): Draft | null {
  const text = localStorage.getItem(keyOf(callId))
  if (text === null) return null
  try {
    return JSON.parse(text) as Draft
  } catch {
    localStorage.removeItem(keyOf(callId))
    return null
  }
}

function sweep(): void {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith('hotline.draft.')) continue
    const draft = readDraft(key.slice('hotline.draft.'.length))
    if (draft && isStale(draft, Date.now())) localStorage.removeItem(key)
  }
}

export function useDraft(call: Ref<CallView | null>) {
  const text = ref({ ...emptyText })
  const state = ref<'clean' | 'kept' | 'sending' | 'sent' | 'failed'>('clean')
  let loadedFor: string | null = null
  let sent = { ...emptyText }
  sweep()

  watch(
    () => call.value?.id ?? null,
    (id, before) => {
      // The call went away without a word (wrap-up ran out): what was written is sent all the same.
      if (before && loadedFor === before && id !== before) void send(before, { ...text.value })
      const found = call.value
      loadedFor = id
      const draft = found ? readDraft(found.id) : null
      sent = found ? textOf(found, null) : { ...emptyText }
      text.value = found ? { ...textOf(found, draft) } : { ...emptyText }
      state.value = draft ? 'kept' : 'clean'
    },
    { immediate: true },
  )

  watch(
    text,
    value => {
      const id = loadedFor
      if (!id || toSend(value, sent) === null) return
      const draft: Draft = { callId: id, savedAt: Date.now(), text: { ...value } }
      localStorage.setItem(keyOf(id), JSON.stringify(draft))
      state.value = 'kept'
    },
    { deep: true },
  )

  async function send(callId: string, value: typeof emptyText): Promise<boolean> {
    const changes = toSend(value, sent)
    if (changes) {
      state.value = 'sending'
      try {
        await api.patch(`/api/calls/${encodeURIComponent(callId)}`, changes)
      } catch {
        // The draft stays in the browser and says so.
        state.value = 'failed'
        return false
      }
    }
    if (loadedFor === callId) sent = { ...value }
    localStorage.removeItem(keyOf(callId))
    state.value = 'sent'
    return true
  }

  return {
    text,
    state,
    save: () => (loadedFor ? send(loadedFor, { ...text.value }) : Promise.resolve(true)),
  }
}
