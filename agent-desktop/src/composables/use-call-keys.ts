// Keys of the desk. What a key means is decided in state/shortcut.ts.
import { onBeforeUnmount, onMounted, type Ref } from 'vue'
import type { CallView } from '../state/protocol.ts'
import { actOfKey, isOurKey, type CallAct } from '../state/shortcut.ts'

/** Esc belongs to what is open on top: a list, a dialog. */
const isSomethingOpen = (): boolean =>
  document.activeElement?.getAttribute('aria-expanded') === 'true' ||
  [...document.querySelectorAll('.el-overlay')].some(overlay => overlay.checkVisibility())

export function useCallKeys(call: Ref<CallView | null>, run: (act: CallAct) => void): void {
  function onKey(event: KeyboardEvent): void {
    if (isOurKey(event.key)) event.preventDefault()
    if (event.isComposing || event.altKey || event.defaultPrevented !== isOurKey(event.key)) return
    const key = { key: event.key, ctrl: event.ctrlKey || event.metaKey, repeat: event.repeat }
    const act = actOfKey(key, call.value)
    if (!act || (event.key === 'Escape' && isSomethingOpen())) return
    event.preventDefault()
    run(act)
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
