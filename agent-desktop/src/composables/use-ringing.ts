// Everything that calls the agent to the screen while a call rings: tone, notification, the tab's title.
import { onScopeDispose, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { formatNumber } from '../state/number.ts'
import type { CallView } from '../state/protocol.ts'
import { useSound } from './use-sound.ts'

/** Asks once, from a click: browsers refuse the question otherwise. */
export function askForNotifications(): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'default') return
  void Notification.requestPermission()
}

export function useRinging(call: Ref<CallView | null>): void {
  const { t } = useI18n()
  const sound = useSound()
  let notification: Notification | null = null
  let titleBefore = ''

  function begin(ringing: CallView): void {
    sound.startRinging()
    titleBefore = document.title
    document.title = `☎ ${formatNumber(ringing.caller.number)} ${t('ring.title')}`
    if (!document.hidden || typeof Notification === 'undefined') return
    if (Notification.permission !== 'granted') return
    notification = new Notification(t('ring.title'), {
      body: [formatNumber(ringing.caller.number), ringing.caller.area, ringing.queueName]
        .filter(Boolean)
        .join('  '),
      tag: ringing.id,
      requireInteraction: true,
    })
    notification.onclick = () => window.focus()
  }

  function end(): void {
    sound.stopRinging()
    notification?.close()
    notification = null
    if (titleBefore) document.title = titleBefore
    titleBefore = ''
  }

  watch(
    () => (call.value?.state === 'ringing' ? call.value.id : null),
    id => {
      end()
      if (id && call.value) begin(call.value)
    },
    { immediate: true },
  )
  onScopeDispose(end)
}
