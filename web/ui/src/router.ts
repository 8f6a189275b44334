/* Addresses live in the fragment: an id may hold dots and slashes, and what somebody asks never
   reaches a log of pages. */
import './token'
import { nextTick, watchEffect } from 'vue'
import { createRouter, createWebHashHistory, type RouteLocationRaw } from 'vue-router'
import { KINDS, type Kind, type Target } from './api/client'
import { t, type Key } from './i18n'
import ComparePage from './pages/ComparePage.vue'
import ListPage from './pages/ListPage.vue'
import IntroductionPage from './pages/IntroductionPage.vue'
import IntroductionsPage from './pages/IntroductionsPage.vue'
import LostPage from './pages/LostPage.vue'
import MatchPage from './pages/MatchPage.vue'
import OrgPage from './pages/OrgPage.vue'
import RecordPage from './pages/RecordPage.vue'
import WriteNeedPage from './pages/WriteNeedPage.vue'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/needs' },
    { path: '/match', component: MatchPage, meta: { title: 'nav.match' } },
    ...KINDS.map((kind) => ({
      path: `/${kind}`, component: ListPage, props: { kind }, meta: { title: `nav.${kind}` },
    })),
    { path: '/orgs/:id', component: OrgPage, props: true },
    ...KINDS.filter((kind) => kind !== 'orgs').map((kind) => ({
      path: `/${kind}/:id`, component: RecordPage, props: (r: { params: object }) => ({ kind, ...r.params }),
    })),
    { path: '/compare/:id', component: ComparePage, props: true },
    { path: '/introductions', component: IntroductionsPage, meta: { title: 'intro.title' } },
    /* Not below /introductions: an id may be anything. */
    { path: '/introduce', component: IntroductionPage },
    { path: '/introductions/:id', component: IntroductionPage, props: true },
    { path: '/publish', component: WriteNeedPage },
    { path: '/publish/:id', component: WriteNeedPage, props: true },
    { path: '/:rest(.*)*', component: LostPage },
  ],
  scrollBehavior: (to, from, saved) => (to.path === from.path ? undefined : (saved ?? { top: 0 })),
})

export function toRecord(kind: Kind, id: string): RouteLocationRaw {
  return { path: `/${kind}/${encodeURIComponent(id)}` }
}

export function toIntroduction(id: string): RouteLocationRaw {
  return { path: `/introductions/${encodeURIComponent(id)}` }
}

/* The form for a new one, with both sides filled in. */
export function toNewIntroduction(need?: string, capability?: string): RouteLocationRaw {
  return { path: '/introduce', query: { need, capability } }
}

/* Candidates of one need side by side: an address to pass on. */
export function toCompare(need: string, candidates: string[]): RouteLocationRaw {
  return { path: `/compare/${encodeURIComponent(need)}`, query: { with: candidates } }
}

export function toMatch(text: string, target: Target): RouteLocationRaw {
  return { path: '/match', query: { text, target } }
}

/* A page with a title of its own calls this once it knows it. */
export function entitle(title: string) {
  document.title = title ? `${title} - ${t('app.title')}` : t('app.title')
}

watchEffect(() => {
  const key = router.currentRoute.value.meta.title
  entitle(key ? t(key as Key) : '')
})

/* Keyboard and screen reader go on at the new page, not where the old one was left. */
router.afterEach((to, from) => {
  if (to.path === from.path || from.matched.length === 0) return
  void nextTick(() => {
    /* On a narrow screen the sections are a strip that scrolls. */
    document.querySelector('.nav .here')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    if (!document.activeElement?.matches('[data-search]')) document.getElementById('main')?.focus({ preventScroll: true })
  })
})
