/* Whom else to bring in beside an organisation. */
import { request } from './client'
import type { components } from './types'

type Schemas = components['schemas']
export type Partner = Schemas['Partner']
export type Partners = Schemas['Partners']

export const partnersOf = (org: string, query: { need?: string; top: number }, signal?: AbortSignal) =>
  request<Partners>(`orgs/${encodeURIComponent(org)}/partners`, signal, query)
