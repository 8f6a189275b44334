/* Introductions: only writers read them. */
import { request, type Page } from './client'
import type { components } from './types'

type Schemas = components['schemas']
export type Introduction = Schemas['Introduction']
export type IntroductionWrite = Schemas['IntroductionWrite']

export const STATES: Introduction['state'][] = ['pending', 'asking_need', 'asking_supply', 'agreed', 'met', 'negotiating',
  'signed', 'failed', 'expired']
export const REASONS: NonNullable<Introduction['reason']>[] = ['technology_mismatch', 'immature', 'price', 'timing',
  'no_capacity', 'no_response', 'found_elsewhere', 'ip', 'need_withdrawn', 'other']
/* States that came to nothing: they alone have a reason. */
export const ended = (state: string) => state === 'failed' || state === 'expired'

const path = (id: string) => `introductions/${encodeURIComponent(id)}`

export const introductions = {
  list: (query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    request<Page<Introduction>>('introductions', signal, query),
  get: (id: string, signal?: AbortSignal) => request<Introduction>(path(id), signal),
  create: (of: IntroductionWrite) => request<Introduction>('introductions', undefined, {}, of),
  /* `rev`: the revision that was edited; without it whatever is there is overwritten. */
  update: (id: string, of: IntroductionWrite, rev?: number) =>
    request<Introduction>(path(id), undefined, {}, of, undefined, 'PUT', rev),
  /* Takes back the latest change; null: that was its creation. */
  undo: (id: string, rev: number) =>
    request<Introduction | null>(`${path(id)}/undo`, undefined, {}, undefined, undefined, 'POST', rev),
}
