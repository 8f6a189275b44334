/* The coverage map, and drafts of calls made of its items. */
import { Failure, request } from './client'
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

const AGAIN_MS = 1500

/* The first map of a collection takes a while, and only a few may wait for it at the server. */
async function patiently<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (e) {
      if (signal?.aborted || !(e instanceof Failure) || e.code !== 'coverage_busy') throw e
    }
    await new Promise((done) => setTimeout(done, AGAIN_MS))
  }
}

export const coverage = {
  map: (q: { chain?: string; at?: string }, signal?: AbortSignal) =>
    patiently(() => request<Coverage>('coverage', signal, q), signal),
  draft: (id: string, signal?: AbortSignal) =>
    request<CallDraft>(`bottlenecks/${encodeURIComponent(id)}/call-draft`, signal),
}
