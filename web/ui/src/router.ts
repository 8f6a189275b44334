/* Addresses live in the fragment: an id may hold dots and slashes, and what somebody asks never
   reaches a log of pages. */
import './token'
import { nextTick, watchEffect } from 'vue'
import { createRouter, createWebHashHistory, type RouteLocationRaw } from 'vue-router'
import { KINDS, type Kind, type Target } from './api/client'
import type { ChallengeKind } from './api/proposals'
import { t, type Key } from './i18n'
import ComparePage from './pages/ComparePage.vue'
import ListPage from './pages/ListPage.vue'
import IntroductionPage from './pages/IntroductionPage.vue'
import IntroductionsPage from './pages/IntroductionsPage.vue'
import LostPage from './pages/LostPage.vue'
import MatchPage from './pages/MatchPage.vue'
import OrgPage from './pages/OrgPage.vue'
import ConsortiaPage from './pages/ConsortiaPage.vue'
import ConsortiumFormPage from './pages/ConsortiumFormPage.vue'
import ConsortiumPage from './pages/ConsortiumPage.vue'
import CoveragePage from './pages/CoveragePage.vue'
import ProposalPrintPage from './pages/ProposalPrintPage.vue'
import ProposalsPage from './pages/ProposalsPage.vue'
import ProposePage from './pages/ProposePage.vue'
import WeighPage from './pages/WeighPage.vue'
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
    { path: '/coverage', component: CoveragePage, meta: { title: 'map.title' } },
    { path: '/propose/:kind(need|bottleneck)/:id', component: ProposePage, props: true },
    { path: '/proposals', component: ProposalsPage, meta: { title: 'propose.all' } },
    { path: '/proposals/:id', component: ProposePage, props: true },
    { path: '/weigh', component: WeighPage, meta: { title: 'weigh.title' } },
    { path: '/print/:kind(need|bottleneck|proposal)/:id', component: ProposalPrintPage, props: true },
    { path: '/consortia', component: ConsortiaPage, meta: { title: 'nav.consortia' } },
    { path: '/consortia/:id', component: ConsortiumPage, props: true },
    { path: '/consortium', component: ConsortiumFormPage },
    { path: '/consortium/:id', component: ConsortiumFormPage, props: true },
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

/* Where a consortium is composed for a challenge. */
export function toPropose(kind: ChallengeKind, id: string): RouteLocationRaw {
  return { path: `/propose/${kind}/${encodeURIComponent(id)}` }
}

/* What was stored, or all of it. */
export function toProposal(id?: string): RouteLocationRaw {
  return { path: id === undefined ? '/proposals' : `/proposals/${encodeURIComponent(id)}` }
}

export function toConsortium(id: string): RouteLocationRaw {
  return { path: `/consortia/${encodeURIComponent(id)}` }
}

/* Where one is edited, or added by hand. */
export function toEditConsortium(id?: string): RouteLocationRaw {
  return { path: id === undefined ? '/consortium' : `/consortium/${encodeURIComponent(id)}` }
}

/* As a paper: what was stored, then or now, or the draft of this browser. */
export function toPrint(kind: ChallengeKind | 'proposal', id: string, query: { rev?: number; draft?: '1' } = {}): RouteLocationRaw {
  return { path: `/print/${kind}/${encodeURIComponent(id)}`, query }
}

/* Two proposals, or two versions of one, side by side. */
export function toWeigh(two: { id: string; rev?: number }[]): RouteLocationRaw {
  return { path: '/weigh', query: { id: two.map((x) => x.id), rev: two.map((x) => x.rev ?? '') } }
}

/* The form for a need, filled in with what nobody covers; `from` tells its drafts apart. */
export function toCall(given: { from: string; title: string; text: string; targets: string }): RouteLocationRaw {
  return { path: '/publish', query: given }
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

/* On a narrow screen the sections are a strip that scrolls. */
export const showSection = () => document.querySelector('.nav .here')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })

/* Keyboard and screen reader go on at the new page, not where the old one was left. */
router.afterEach((to, from) => {
  if (to.path === from.path || from.matched.length === 0) return
  void nextTick(() => {
    showSection()
    if (!document.activeElement?.matches('[data-search]')) document.getElementById('main')?.focus({ preventScroll: true })
  })
})
