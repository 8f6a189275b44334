/* Proposals of consortia: composed by the server from a challenge and conditions, stored, agreed. */
import { request, type Page } from './client'
import type { components } from './types'
import { writes } from './writes'

type Schemas = components['schemas']
export type Proposal = Schemas['Proposal']
export type ChallengeKind = Proposal['need']['kind']
export type OrgName = Schemas['OrgRef']
export type Seat = Schemas['ProposalSeat']
export type Standing = Schemas['ProposalStanding'] /* a seat, or who would be next */
export type Subtopic = Schemas['ProposalSubtopic']
export type Member = Schemas['ProposalMember']
export type Alternative = Schemas['ProposalAlternative']
export type Relaxation = Schemas['ProposalRelaxation']
export type Consortium = Schemas['Consortium']
export type ConsortiumWrite = Schemas['ConsortiumWrite']
export interface Challenge {
  kind: ChallengeKind
  id: string
}

/* What is asked for; what is left out is up to the server. */
export type Conditions = Partial<Schemas['ProposalConditions']>
const challengeFields = (c: Challenge) => (c.kind === 'need' ? { need_id: c.id } : { bottleneck_id: c.id })

/* What was stored: the conditions, and the plan as it was composed then. */
type Raw = Schemas['SavedProposal']
export interface Stored extends Omit<Raw, 'request' | 'plan'> {
  conditions: Conditions
  plan: Proposal
}
export interface Version {
  rev: number
  at: string
  action: string
  stored: Stored | null /* null: deleted by it */
}
/* The document describes neither: they are what /proposals takes and gives. */
function unpack({ request, plan, ...rest }: Raw): Stored {
  return { ...rest, conditions: (request ?? {}) as Conditions, plan: (plan ?? NO_PLAN) as unknown as Proposal }
}
const NO_PLAN = { subtopics: [], members: [], ties: [], resources: [], alternatives: [], relaxations: [], uncovered: [] }

export const challengeOf = (s: { need_id?: string; bottleneck_id?: string }): Challenge | null =>
  s.need_id ? { kind: 'need', id: s.need_id } : s.bottleneck_id ? { kind: 'bottleneck', id: s.bottleneck_id } : null

const path = (id: string) => `proposals/${encodeURIComponent(id)}`

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
    const { items } = await request<Schemas['History']>(`${path(id)}/history`, signal)
    return items.map((c) => ({
      rev: c.rev, at: c.at, action: c.action, stored: c.after && unpack({ ...(c.after as unknown as Raw), rev: c.rev, updated_at: c.at }),
    }))
  },
  /* Takes back the latest change, and the consortium it made; null: it was its creation. */
  undo: async (id: string, rev: number) => {
    const got = await request<Raw | null>(`${path(id)}/undo`, undefined, {}, undefined, undefined, 'POST', rev)
    return got && unpack(got)
  },
  /* Makes a consortium of its members. */
  agree: (id: string, rev: number) =>
    request<Consortium>(`${path(id)}/agreement`, undefined, {}, undefined, undefined, 'POST', rev),
}

export const CONSORTIUM_STATES = ['active', 'ended'] as const
const consortium = (id: string) => `consortia/${encodeURIComponent(id)}`

export const consortia = {
  ...writes<Consortium, ConsortiumWrite>('consortia'),
  list: (query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    request<Page<Consortium>>('consortia', signal, query),
  get: (id: string, signal?: AbortSignal) => request<Consortium>(consortium(id), signal),
  /* What was there until its latest change deleted it; null: it is there, or never was. */
  deleted: async (id: string, signal?: AbortSignal): Promise<Deleted | null> => {
    const last = (await request<Schemas['History']>(`${consortium(id)}/history`, signal)).items[0]
    if (!last || last.after || !last.before) return null
    return { title: String((last.before as { title?: string }).title ?? id), rev: last.rev, at: last.at }
  },
}
export interface Deleted {
  title: string
  rev: number
  at: string
}

/* An id for a new one; not randomUUID(), which browsers keep from pages that came by plain http. */
export function newId(): string {
  return 'p-' + Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(16).padStart(2, '0')).join('')
}
