import { ElMessageBox } from 'element-plus/es/components/message-box/index.mjs'
import 'element-plus/es/components/message-box/style/css.mjs'
import { useI18n } from 'vue-i18n'

/** Asks once, with the name of what is hit. */
export function useAsk(): (title: string, words: string) => Promise<boolean> {
  const { t } = useI18n()
  return (title, words) =>
    ElMessageBox.confirm(words, title, {
      confirmButtonText: title,
      cancelButtonText: t('frame.cancel'),
      confirmButtonClass: 'el-button--danger',
      autofocus: false,
    }).then(
      () => true,
      () => false,
    )
}
