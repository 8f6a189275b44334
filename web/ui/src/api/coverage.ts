/* The coverage map, and drafts of calls made of its items. */
import { request } from './client'
import type { components } from './types'

type Schemas = components['schemas']
export type Coverage = Schemas['Coverage']
export type CoverageItem = Schemas['CoverageItem']
export type CoverageMove = Schemas['CoverageMove']
export type CoverageOrg = Coverage['orgs'][number]
export type CoverageSource = Schemas['CoverageSource']
export type Cover = Schemas['CoverageStatus']
export type CallDraft = Schemas['CallDraft']

/* Worst first, as they are shown. */
export const COVERS: Cover[] = ['gap', 'single', 'multiple']
/* The chain that items without one are asked for by. */
export const NO_CHAIN = '-'

export const coverage = {
  map: (q: { chain?: string; at?: string }, signal?: AbortSignal) => request<Coverage>('coverage', signal, q),
  draft: (id: string, signal?: AbortSignal) =>
    request<CallDraft>(`bottlenecks/${encodeURIComponent(id)}/call-draft`, signal),
}
