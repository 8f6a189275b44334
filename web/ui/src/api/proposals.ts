/* Proposals of consortia: composed by the server from a challenge and conditions, stored, agreed. */
import { request, type Evidence, type Indicator, type Level, type Page } from './client'

export type ChallengeKind = 'need' | 'bottleneck'
export interface Challenge {
  kind: ChallengeKind
  id: string
}
export interface OrgName {
  id: string
  name: string
}
type SeatOrg = OrgName & { kind?: string; sample?: boolean }
type CapabilityName = { id: string; title: string; kind?: string }

export interface Standing {
  org: SeatOrg
  score: number
  level: Level
  expected_by_chance: number
  capability?: CapabilityName
}
export interface Seat extends Standing {
  evidence: Evidence[]
  indicators: Indicator[]
}
export interface Subtopic {
  id: string
  title?: string /* absent where the challenge is sealed */
  text?: string
  targets?: string
  weight: number
  covered: boolean
  seats: Seat[] /* who leads it first */
  next?: Standing /* the best who is no member */
}
export interface Member {
  org: SeatOrg & { tier?: string; region?: string }
  role: string
  subtopics: string[]
  locked: boolean
  owner: boolean
  marginal?: number | null /* null: without it nothing is feasible; absent while it was not asked for */
  irreplaceable?: boolean
  lost?: string[] /* subtopics that nobody would cover without it */
  joint: number /* members it has worked with */
  evidence: Evidence[]
}
export interface Resource {
  capability: CapabilityName & { org?: OrgName }
  subtopic: string
  level: Level
  expected_by_chance: number
  of_member: boolean
}
export interface Alternative {
  members: OrgName[]
  objective: number
  coverage: number
  optimal: boolean
}
export interface Relaxation {
  code: 'lock' | 'demand' | 'conflict' | 'group' | 'most'
  orgs?: OrgName[]
  roles?: string[]
  most?: number
  text: string
}
export interface Proposal {
  need: { id: string; title: string; kind: ChallengeKind; org?: OrgName }
  subtopics: Subtopic[]
  members: Member[]
  ties: { a: string; b: string; joint: number }[]
  resources: Resource[]
  coverage: number
  uncovered: string[]
  feasible: boolean /* all conditions are met; where roles are missing the team without them is shown */
  optimal: boolean
  objective: number | null /* these null: not feasible */
  bound: number | null
  gap: number | null
  pool: number
  candidates: number
  alternatives: Alternative[]
  relaxations: Relaxation[]
  sealed: boolean /* this reader may not see what the subtopics say */
  lexical_only: boolean
}

/* What is asked for; what is left out is up to the server. */
export interface Conditions {
  subtopics?: { id?: string; title: string; text?: string; targets?: string; weight?: number }[]
  lock?: string[]
  ban?: string[]
  apart?: string[][]
  max_members?: number
  load?: number
  region?: string
}
type Of = { need_id: string } | { bottleneck_id: string }
export const challengeFields = (c: Challenge): Of => (c.kind === 'need' ? { need_id: c.id } : { bottleneck_id: c.id })

export interface Stored {
  id: string
  rev: number
  sample: boolean
  created_at: string
  updated_at: string
  title: string
  need_id?: string
  need_title?: string
  bottleneck_id?: string
  bottleneck_title?: string
  state: 'draft' | 'agreed' | 'withdrawn'
  note?: string
  conditions: Conditions
  plan: Proposal
}
export interface Version {
  rev: number
  at: string
  action: string
  stored: Stored | null /* null: deleted by it */
}
export interface Consortium {
  id: string
  rev: number
  sample: boolean
  source: string
  title: string
  text?: string
  date?: string
  need_id?: string
  need_title?: string
  bottleneck_id?: string
  bottleneck_title?: string
  proposal_id?: string
  state: 'active' | 'ended'
  orgs?: OrgName[] /* the lead first */
}

type Raw = Omit<Stored, 'conditions' | 'plan'> & { request?: Conditions; plan?: Proposal }
function unpack({ request, plan, ...rest }: Raw): Stored {
  return { ...rest, conditions: request ?? {}, plan: plan ?? NO_PLAN }
}
const NO_PLAN = { subtopics: [], members: [], ties: [], resources: [], alternatives: [], relaxations: [], uncovered: [] } as unknown as Proposal

export const challengeOf = (s: { need_id?: string; bottleneck_id?: string }): Challenge | null =>
  s.need_id ? { kind: 'need', id: s.need_id } : s.bottleneck_id ? { kind: 'bottleneck', id: s.bottleneck_id } : null

const path = (id: string) => `proposals/${encodeURIComponent(id)}`
interface Change {
  rev: number
  at: string
  action: string
  after: Raw | null
}

export const proposals = {
  /* Nothing is stored. `brief` leaves out evidence, alternatives and what-ifs, which take longer. */
  compose: (of: Challenge, conditions: Conditions, brief: boolean, signal?: AbortSignal) =>
    request<Proposal>('proposals', signal, {}, { ...challengeFields(of), ...conditions, brief }),
  list: async (query: Record<string, string | number | undefined>, signal?: AbortSignal): Promise<Page<Stored>> => {
    const page = await request<Page<Raw>>('proposals', signal, query)
    return { ...page, items: page.items.map(unpack) }
  },
  get: async (id: string, signal?: AbortSignal) => unpack(await request<Raw>(path(id), signal)),
  /* The server composes what it stores. `rev`: the revision that was edited, 0 where there is none
     yet; without it whatever is there is overwritten. */
  save: async (id: string, of: Challenge, conditions: Conditions, more: { title: string; note: string | null; state?: string }, rev?: number) =>
    unpack(await request<Raw>(path(id), undefined, {}, { ...challengeFields(of), ...conditions, ...more }, undefined, 'PUT', rev)),
  versions: async (id: string, signal?: AbortSignal): Promise<Version[]> => {
    const { items } = await request<{ items: Change[] }>(`${path(id)}/history`, signal)
    return items.map((c) => ({ rev: c.rev, at: c.at, action: c.action, stored: c.after && unpack({ ...c.after, rev: c.rev, updated_at: c.at }) }))
  },
  /* Makes a consortium of its members. */
  agree: (id: string, rev: number) =>
    request<Consortium>(`${path(id)}/agreement`, undefined, {}, undefined, undefined, 'POST', rev),
}

export const consortia = {
  list: (query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    request<Page<Consortium>>('consortia', signal, query),
  get: (id: string, signal?: AbortSignal) => request<Consortium>(`consortia/${encodeURIComponent(id)}`, signal),
}

/* An id for a new one; not randomUUID(), which browsers keep from pages that came by plain http. */
export function newId(): string {
  return 'p-' + Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(16).padStart(2, '0')).join('')
}
