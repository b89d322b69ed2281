// One agent's desk: what the server says, and what may be asked of it.
import { computed, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { CallView, DeskValues } from '../state/protocol.ts'
import { api } from './api.ts'
import { tell, useAct } from './use-act.ts'
import { useLink } from './use-link.ts'
import { usePhone } from './use-phone.ts'
import { useSound } from './use-sound.ts'

export type Target =
  { readonly agent: string } | { readonly queue: string } | { readonly number: string }

export function useDesk(agentId: string) {
  const { values, live, refused } = useLink().useChannel<DeskValues>(`desk:${agentId}`)
  const phone = usePhone()
  const sound = useSound()
  const { t } = useI18n()
  const { act, isBusy } = useAct()
  const agent = computed(() => values.value.agent ?? null)
  const call = computed(() => values.value.call ?? null)
  const path = `/api/agents/${encodeURIComponent(agentId)}`

  const verb = (name: string, body: object = {}, of: CallView | null = call.value) =>
    act(async () => {
      if (!of) return false
      await api.post(`/api/calls/${encodeURIComponent(of.id)}/${name}`, body)
      return true
    })

  watch(
    () => agent.value?.autoAnswer ?? false,
    on => (phone.autoAnswer.value = on),
    { immediate: true },
  )
  // The server's word counts: a mute from the supervisor, or one that survived a reload, reaches the microphone.
  watch(
    () => call.value?.muted ?? false,
    muted => phone.setMuted(muted),
  )
  // A call dialled from this page rings here first and is taken at once.
  watch(
    () => call.value?.state,
    state => {
      if (state === 'dialling') phone.expectLeg()
    },
  )

  async function answer(): Promise<void> {
    sound.stopRinging()
    const outcome = await phone.answer()
    if (outcome === 'no-leg') tell(t('phone.noLeg'), 'warning')
    if (outcome === 'no-microphone') tell(t('phone.noMicrophone'), 'error')
  }

  async function mute(): Promise<void> {
    const muted = !phone.isMuted.value
    phone.setMuted(muted)
    if (!(await verb('mute', { muted }))) phone.setMuted(!muted)
  }

  async function sendDigits(digits: string): Promise<void> {
    sound.playKey(digits)
    try {
      await api.post(`/api/calls/${encodeURIComponent(call.value?.id ?? '')}/digits`, { digits })
    } catch {
      // The server is away or busy: the browser can press the key itself.
      if (!phone.sendDigits(digits)) tell(t('phone.noDigits'), 'warning')
    }
  }

  return {
    agent,
    call,
    lastCall: computed(() => values.value.lastCall ?? null),
    notice: computed(() => values.value.notice ?? null),
    live,
    refused,
    isBusy,
    setState: (state: 'idle' | 'busy' | 'signed-out', reason?: string) =>
      act(() => api.post(`${path}/state`, reason ? { state, reason } : { state })),
    setAutoAnswer: (on: boolean) => act(() => api.post(`${path}/auto-answer`, { on })),
    dial: (to: string) => {
      phone.expectLeg()
      return act(() => api.post('/api/calls', { agent: agentId, to }))
    },
    wrapUp: (action: 'complete' | 'extend') => act(() => api.post(`${path}/wrap-up`, { action })),
    verb,
    answer,
    mute,
    sendDigits,
  }
}
export type Desk = ReturnType<typeof useDesk>
