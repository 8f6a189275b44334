/* The conditions of a proposal while somebody moves them about, kept in this browser, and the server's
   answer to them: a quick one at once, and the whole one when nothing has moved for a while. */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, type Failure } from '../api/client'
import { proposals, type Challenge, type Conditions, type OrgName, type Proposal, type Stored } from '../api/proposals'
import { lang } from '../i18n'
import { shelf } from '../kept'
import { token } from '../token'
import { copy, keptDraft, same, useDraft } from './useDraft'
import { asFailure } from './useResource'

const drafts = shelf('browser', 'proposal-draft:')
const QUICK_MS = 150, WHOLE_MS = 350, UNDO_MOST = 100

export interface Topic {
  id: string
  title: string
  text: string
  targets: string
  weight: number
}
/* Organisations with their names: those that are banned stand in no answer. */
export interface Brief {
  topics: Topic[] | null /* null: as the server splits the challenge */
  lock: OrgName[]
  ban: OrgName[]
  apart: [OrgName, OrgName][]
  most: number | null
  load: number | null
  region: string
}
const BLANK: Brief = { topics: null, lock: [], ban: [], apart: [], most: null, load: null, region: '' }

export function conditionsOf(b: Brief): Conditions {
  const total = (b.topics ?? []).reduce((sum, x) => sum + x.weight, 0) || 1
  return {
    subtopics: b.topics?.map((x) => ({
      id: x.id, title: x.title, text: x.text || undefined, targets: x.targets || undefined, weight: x.weight / total,
    })),
    lock: b.lock.length ? b.lock.map((o) => o.id) : undefined,
    ban: b.ban.length ? b.ban.map((o) => o.id) : undefined,
    apart: b.apart.length ? b.apart.map(([x, y]) => [x.id, y.id]) : undefined,
    max_members: b.most ?? undefined,
    load: b.load ?? undefined,
    region: b.region.trim() || undefined,
  }
}

/* What was stored, to go on with. Names come from its plan; who is in no plan is asked for. */
export async function briefOf(s: Stored, signal?: AbortSignal): Promise<Brief> {
  const c = s.conditions
  const names = new Map(s.plan.members.map((m) => [m.org.id, m.org.name]))
  for (const x of s.plan.subtopics) for (const o of [...x.seats, ...(x.next ? [x.next] : [])]) names.set(o.org.id, o.org.name)
  const asked = [...(c.lock ?? []), ...(c.ban ?? []), ...(c.apart ?? []).flat()].filter((id) => !names.has(id))
  await Promise.all([...new Set(asked)].map(async (id) => {
    const org = await api.record('orgs', id, signal).catch(() => null)
    if (org) names.set(id, org.name)
  }))
  const named = (id: string): OrgName => ({ id, name: names.get(id) ?? id })
  return {
    topics: c.subtopics?.map((x, n) => ({ id: x.id ?? `t${n + 1}`, title: x.title, text: x.text ?? '', targets: x.targets ?? '', weight: x.weight ?? 1 })) ?? null,
    lock: (c.lock ?? []).map(named),
    ban: (c.ban ?? []).map(named),
    apart: (c.apart ?? []).map((p) => [named(p[0]!), named(p[1]!)]),
    most: c.max_members ?? null,
    load: c.load ?? null,
    region: c.region ?? '',
  }
}

export const keptBrief = (name: string): Brief | null => keptDraft(drafts, name, BLANK)?.values ?? null

/* `name` tells drafts apart. `start` says what the draft differs from; nothing is asked before. */
export function useComposer(name: string, challenge: () => Challenge | null) {
  const { values: brief, restored, base, changed, start: begin, settle } = useDraft<Brief>(drafts, name, BLANK)
  const past = ref<Brief[]>([])
  const future = ref<Brief[]>([])
  const started = ref(false)

  function start(from: Brief | null) {
    begin(from ?? BLANK)
    started.value = true
  }
  function discard() {
    move((b) => Object.assign(b, copy(base.value)))
    restored.value = false
  }

  /* ---- moves, each of which can be taken back ---- */
  function move(change: (b: Brief) => void) {
    const next = copy(brief.value)
    change(next)
    if (same(next, brief.value)) return
    past.value = [...past.value, brief.value].slice(-UNDO_MOST)
    future.value = []
    brief.value = next
  }
  function undo() {
    const before = past.value.at(-1)
    if (!before) return
    past.value = past.value.slice(0, -1)
    future.value = [...future.value, brief.value]
    brief.value = before
  }
  function redo() {
    const next = future.value.at(-1)
    if (!next) return
    future.value = future.value.slice(0, -1)
    past.value = [...past.value, brief.value]
    brief.value = next
  }

  /* ---- the answer; while another is on its way the last one stays ---- */
  const proposal = shallowRef<Proposal | null>(null)
  const whole = ref(false) /* with evidence, alternatives and what-ifs */
  const before = shallowRef<Proposal | null>(null) /* the answer to what was asked before */
  const busy = ref(false)
  const failure = shallowRef<Failure | null>(null)
  let current: AbortController | undefined
  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

  async function ask(again = false) {
    current?.abort()
    const of = challenge()
    if (!of || !started.value) return
    const mine = (current = new AbortController())
    const conditions = conditionsOf(brief.value)
    busy.value = true
    failure.value = null
    try {
      if (proposal.value && !again) await pause(QUICK_MS)
      if (mine.signal.aborted) return
      const quick = await proposals.compose(of, conditions, true, mine.signal)
      if (mine.signal.aborted) return
      before.value = proposal.value
      proposal.value = quick
      whole.value = false
      busy.value = false
      if (before.value) await pause(WHOLE_MS)
      if (mine.signal.aborted) return
      const all = await proposals.compose(of, conditions, false, mine.signal)
      if (mine.signal.aborted) return
      proposal.value = all
      whole.value = true
    } catch (e) {
      if (!mine.signal.aborted) failure.value = asFailure(e)
    } finally {
      if (current === mine) busy.value = false
    }
  }
  /* What the server says is in one's language, and quotes what one may read. */
  const asked = () => JSON.stringify([started.value, challenge(), conditionsOf(brief.value), lang.value, token.value])
  watch(asked, () => void ask(), { immediate: true })
  onScopeDispose(() => current?.abort())

  return {
    brief, restored, changed, start, settle, discard,
    move, undo, redo, canUndo: computed(() => past.value.length > 0), canRedo: computed(() => future.value.length > 0),
    proposal, before, whole, busy, failure, retry: () => ask(true),
  }
}
