import { createRouter, createWebHistory } from 'vue-router'
import { useUser } from './composables/use-user.ts'
import { maySee, startOf, type Place } from './state/place.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Who may see it; absent: everybody signed in. */
    place?: Place
    isOpen?: boolean
    /** For people who are no users of this site: nobody is asked who they are. */
    isPublic?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    // Never shown: the guard sends everybody on, once it knows who it is.
    { path: '/', name: 'start', component: () => import('./pages/NowherePage.vue') },
    {
      path: '/login',
      name: 'login',
      component: () => import('./pages/LoginPage.vue'),
      meta: { isOpen: true },
    },
    {
      path: '/desk',
      name: 'desk',
      component: () => import('./pages/DeskPage.vue'),
      meta: { place: 'desk' },
    },
    {
      path: '/live',
      name: 'live',
      component: () => import('./pages/LivePage.vue'),
      meta: { place: 'live' },
    },
    {
      path: '/records',
      name: 'records',
      component: () => import('./pages/RecordsPage.vue'),
      meta: { place: 'records' },
    },
    {
      path: '/records/:id',
      name: 'record',
      component: () => import('./pages/RecordPage.vue'),
      meta: { place: 'records' },
      props: true,
    },
    {
      path: '/missed',
      name: 'missed',
      component: () => import('./pages/MissedPage.vue'),
      meta: { place: 'missed' },
    },
    {
      path: '/trunks',
      name: 'trunks',
      component: () => import('./pages/TrunksPage.vue'),
      meta: { place: 'trunks' },
    },
    {
      path: '/speech',
      name: 'speech',
      component: () => import('./pages/SpeechPage.vue'),
      meta: { place: 'speech' },
    },
    {
      path: '/alarms/:section?',
      name: 'alarms',
      component: () => import('./pages/AlarmsPage.vue'),
      meta: { place: 'alarms' },
      props: true,
    },
    {
      path: '/captions/:token',
      name: 'captions',
      component: () => import('./pages/CaptionsPage.vue'),
      meta: { isPublic: true },
      props: true,
    },
    { path: '/devices', name: 'devices', component: () => import('./pages/DevicesPage.vue') },
    {
      path: '/admin/:section?',
      name: 'admin',
      component: () => import('./pages/AdminPage.vue'),
      meta: { place: 'admin' },
      props: true,
    },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./pages/NowherePage.vue') },
  ],
})

router.beforeEach(async to => {
  if (to.meta.isPublic) return true
  const { visit, roles, load } = useUser()
  if (visit.value === 'unknown' || visit.value === 'away') await load()
  if (to.meta.isOpen) return visit.value === 'signed-in' ? { name: 'start' } : true
  if (visit.value !== 'signed-in')
    return { name: 'login', query: to.fullPath === '/' ? {} : { from: to.fullPath } }
  if (to.name === 'start') return { name: startOf(roles.value) }
  if (to.meta.place && !maySee(to.meta.place, roles.value))
    return { name: 'nowhere', params: { rest: ['denied'] }, query: { from: to.fullPath } }
  return true
})
