import { ref } from 'vue'

const isDark = ref(document.documentElement.classList.contains('dark'))

function toggle(): void {
  isDark.value = !isDark.value
  document.documentElement.classList.toggle('dark', isDark.value)
  localStorage.setItem('hotline.theme', isDark.value ? 'dark' : 'light')
}

export const useTheme = () => ({ isDark, toggle })
