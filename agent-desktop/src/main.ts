import { createApp } from 'vue'
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './theme/base.css'
import './theme/element.css'
import App from './App.vue'
import { i18n, keptLanguage, setLanguage } from './language/i18n.ts'
import { router } from './router.ts'

// A language that can't be fetched must not keep the page away.
const ready = setLanguage(keptLanguage()).catch(() => undefined)
if (keptLanguage() !== 'zh-CN') await ready
createApp(App).use(i18n).use(router).mount('#app')
