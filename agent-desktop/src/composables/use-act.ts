// Asks the server for something and tells the person in their language when it can't be done.
import { ElMessage } from 'element-plus/es/components/message/index.mjs'
import 'element-plus/es/components/message/style/css.mjs'
import { ref } from 'vue'
import { i18n } from '../language/i18n.ts'
import { ApiRefusal } from './api.ts'

/** Words for a refusal: by its code, else what the server said. */
export function wordsOf(error: unknown): string {
  const { t, te } = i18n.global
  if (!(error instanceof ApiRefusal)) return t('error.INTERNAL')
  return te(`error.${error.code}`) ? t(`error.${error.code}`) : error.message
}

export const tell = (message: string, type: 'success' | 'warning' | 'error' = 'success'): void => {
  ElMessage({ message, type, grouping: true, duration: type === 'success' ? 2000 : 5000 })
}

export function useAct() {
  const isBusy = ref(false)
  /** Runs one request at a time; the answer is undefined when it was refused. */
  async function act<T>(work: () => Promise<T>, done?: string): Promise<T | undefined> {
    if (isBusy.value) return undefined
    isBusy.value = true
    try {
      const answer = await work()
      if (done) tell(done)
      return answer
    } catch (error) {
      tell(wordsOf(error), 'error')
      return undefined
    } finally {
      isBusy.value = false
    }
  }
  return { isBusy, act }
}
