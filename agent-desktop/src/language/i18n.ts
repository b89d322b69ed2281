import { createI18n } from 'vue-i18n'
import { computed, ref } from 'vue'
import { zhCn } from './zh-cn/index.ts'

export type LanguageName = 'zh-CN' | 'en'

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zhCn } as Record<string, typeof zhCn>,
})

/** Words of Element Plus in the same language; English comes only to those who ask. */
const elementWords = ref<object | null>(null)

export async function setLanguage(name: LanguageName): Promise<void> {
  if (name === 'en' && !i18n.global.availableLocales.includes('en')) {
    const { en } = await import('./en/index.ts')
    i18n.global.setLocaleMessage('en', en)
  }
  const words =
    name === 'en'
      ? await import('element-plus/es/locale/lang/en.mjs')
      : await import('element-plus/es/locale/lang/zh-cn.mjs')
  elementWords.value = words.default
  ;(i18n.global.locale as { value: string }).value = name
  document.documentElement.lang = name
  localStorage.setItem('hotline.language', name)
}

export const keptLanguage = (): LanguageName =>
  localStorage.getItem('hotline.language') === 'en' ? 'en' : 'zh-CN'

export const useLanguage = () => ({
  elementWords,
  language: computed(() => i18n.global.locale as unknown as LanguageName),
  setLanguage,
})
