// Before the first paint, so that a dark room stays dark.
const theme = localStorage.getItem('hotline.theme')
const isDark =
  theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.classList.toggle('dark', isDark)
