/* Introductions: only writers read them. */
import { request, type Page } from './client'
import type { components } from './types'
import { writes } from './writes'

type Schemas = components['schemas']
export type Introduction = Schemas['Introduction']
export type IntroductionWrite = Schemas['IntroductionWrite']

export const STATES: Introduction['state'][] = ['pending', 'asking_need', 'asking_supply', 'agreed', 'met', 'negotiating',
  'signed', 'failed', 'expired']
export const REASONS: NonNullable<Introduction['reason']>[] = ['technology_mismatch', 'immature', 'price', 'timing',
  'no_capacity', 'no_response', 'found_elsewhere', 'ip', 'need_withdrawn', 'other']
/* States that came to nothing: they alone have a reason. */
export const ended = (state: string) => state === 'failed' || state === 'expired'

export const introductions = {
  ...writes<Introduction, IntroductionWrite>('introductions'),
  list: (query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    request<Page<Introduction>>('introductions', signal, query),
  get: (id: string, signal?: AbortSignal) => request<Introduction>(`introductions/${encodeURIComponent(id)}`, signal),
}
