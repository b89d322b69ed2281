// After the page was loaded anew in the middle of a call: the server still has the call, this browser has no leg of it. One is asked for.
import { watch, type Ref } from 'vue'
import type { CallView } from '../state/protocol.ts'
import { api } from './api.ts'
import { wordsOf, tell } from './use-act.ts'
import { usePhone } from './use-phone.ts'

const GOING_ON: readonly CallView['state'][] = ['talking', 'on-hold', 'consulting']

export function useResume(call: Ref<CallView | null>): void {
  const { phone, leg } = usePhone()
  // A leg that this page has had and lost is the server's to bring back; a hang-up must stay one.
  let hadLeg = leg.value !== null
  let asked = ''
  watch(
    [phone, leg, call],
    () => {
      if (leg.value) hadLeg = true
      const going = call.value
      if (hadLeg || !going || going.id === asked || phone.value.state !== 'registered') return
      if (!GOING_ON.includes(going.state)) return
      asked = going.id
      api
        .post(`/api/calls/${encodeURIComponent(going.id)}/resume`, {})
        .catch((error: unknown) => tell(wordsOf(error), 'error'))
    },
    { immediate: true },
  )
}
