import { computed, ref } from 'vue'
import type { Role, User } from '../state/protocol.ts'
import { api, ApiRefusal } from './api.ts'

const user = ref<User | null>(null)
/** `unknown` until the server has said who holds the cookie. */
const visit = ref<'unknown' | 'signed-in' | 'signed-out' | 'away'>('unknown')

async function load(): Promise<void> {
  try {
    const answer = await api.get<User | { readonly user: User }>('/api/me')
    user.value = 'user' in answer ? answer.user : answer
    visit.value = 'signed-in'
  } catch (error) {
    const isAway = error instanceof ApiRefusal && error.status !== 401
    visit.value = isAway ? 'away' : 'signed-out'
    if (!isAway) user.value = null
  }
}

async function login(username: string, password: string): Promise<void> {
  const answer = await api.login<{ readonly user: User }>({ username, password })
  user.value = answer.user
  visit.value = 'signed-in'
}

async function logout(): Promise<void> {
  // The cookie may be gone already; leaving works all the same.
  await api.post('/api/logout').catch(() => undefined)
  forget()
}

function forget(): void {
  user.value = null
  visit.value = 'signed-out'
}

export const useUser = () => ({
  user,
  visit,
  roles: computed<readonly Role[]>(() => user.value?.roles ?? []),
  agentId: computed(() => user.value?.agentId ?? null),
  load,
  login,
  logout,
  forget,
})
