/* The way to the server: typed by its OpenAPI document, and every failure is one Failure. */
import { lang, t } from '../i18n'
import { token } from '../token'
import type { components } from './types'

type Schemas = components['schemas']
export type Need = Schemas['Need']
export type Bottleneck = Schemas['Bottleneck']
export type Capability = Schemas['Capability']
export type Org = Schemas['Org']
export type State = Schemas['State']
export type Level = Schemas['Level']
export type Evidence = Schemas['Evidence']
export type Indicator = Schemas['Indicator']
export type IndicatorSide = Schemas['IndicatorSide']
export type Quote = Schemas['Quote']
export type Features = Schemas['Features']
export type CapabilityMatch = Schemas['CapabilityMatch']
export type OrgMatch = Schemas['OrgMatch']
export type NeedMatch = Schemas['NeedMatch']
export type Precedent = Schemas['Precedent']
export type Improvement = Schemas['Improvement']
export type TrackRecord = Schemas['TrackRecord']
export type Match = CapabilityMatch | OrgMatch | NeedMatch
export type Target = NonNullable<Schemas['TextQuery']['target']>

/* What all answers about matches have in common, whatever was asked about. */
export interface MatchAnswer {
  need?: { id: string | null; title: string }
  level: Level
  pool: number
  lexical_only: boolean
  matches: Match[]
  nearest: Match[]
}

export interface RecordOf {
  needs: Need
  bottlenecks: Bottleneck
  capabilities: Capability
  orgs: Org
}
export type Kind = keyof RecordOf
export const KINDS: Kind[] = ['needs', 'bottlenecks', 'capabilities', 'orgs']

export interface Page<T> {
  items: T[]
  next: string | null
}

export class Failure extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly hint: string,
    readonly code: string,
    readonly status: number,
  ) {
    super(title)
  }
}

type Query = Record<string, string | number | boolean | undefined | null>

/* Asks the server; `method` is GET, or POST with a body, unless given. `rev` is the revision that is
   changed, 0 for one that must not be there yet. What has no body, such as a deletion, answers null. */
export async function request<T>(
  path: string, signal?: AbortSignal, query: Query = {}, body?: unknown, bearer = token.value,
  method = body === undefined ? 'GET' : 'POST', rev?: number,
): Promise<T> {
  const address = new URL('/api/v1/' + path, location.origin)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') address.searchParams.set(name, String(value))
  }
  const headers: Record<string, string> = { 'Accept-Language': lang.value === 'zh' ? 'zh-CN' : 'en' }
  if (bearer) headers.Authorization = `Bearer ${bearer}`
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (rev === 0) headers['If-None-Match'] = '*'
  else if (rev !== undefined) headers['If-Match'] = `"${rev}"`
  let answer: Response
  try {
    answer = await fetch(address, {
      signal,
      headers,
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (e) {
    if (signal?.aborted) throw e
    throw new Failure(t('failure.network'), '', t('failure.network.hint'), 'network', 0)
  }
  const data = await answer.json().catch(() => null)
  if (answer.ok && (data !== null || answer.status === 204)) return data as T
  const problem: Partial<Schemas['Problem']> = data ?? {}
  throw new Failure(
    problem.title ?? t('failure.other', { status: answer.status }),
    problem.detail ?? '',
    problem.hint ?? '',
    problem.code ?? 'unknown',
    answer.status,
  )
}

const id = encodeURIComponent

export const api = {
  /* `writer` of the answer tells whether the server knows the token. */
  state: (signal?: AbortSignal, bearer?: string) => request<State>('state', signal, {}, undefined, bearer),
  list: <K extends Kind>(kind: K, query: Query, signal?: AbortSignal) =>
    request<Page<RecordOf[K]>>(kind, signal, query),
  record: <K extends Kind>(kind: K, of: string, signal?: AbortSignal) =>
    request<RecordOf[K]>(`${kind}/${id(of)}`, signal),
  capabilitiesOf: (org: string, query: Query, signal?: AbortSignal) =>
    request<Page<Capability>>(`orgs/${id(org)}/capabilities`, signal, query),
  matches: (kind: Kind, of: string, query: Query, signal?: AbortSignal) =>
    request<MatchAnswer>(`${kind}/${id(of)}/matches`, signal, query),
  improvement: (need: string, capability: string, signal?: AbortSignal) =>
    request<Improvement>(`needs/${id(need)}/improvement`, signal, { capability }),
  /* By POST: a problem that somebody describes belongs into no address and no log. */
  matchText: (text: string, target: Target, top: number, signal?: AbortSignal) =>
    request<MatchAnswer>('match', signal, {}, { text, target, top }),
}

/* The record a match leads to. `id` is null only for free text, which is never found. */
export interface Subject {
  kind: Kind
  id: string
  title: string
  type?: string
  org?: { id: string; name: string }
  sample: boolean
}

export function subjectOf(m: Match): Subject {
  if ('org' in m) {
    const { id, name, kind, sample } = m.org
    return { kind: 'orgs', id, title: name, type: kind, sample: !!sample }
  }
  if ('capability' in m) {
    const { id, title, kind, org, sample } = m.capability
    return { kind: 'capabilities', id: id ?? '', title, type: kind, org, sample: !!sample }
  }
  const { id, title, org, sample } = m.need
  return { kind: 'needs', id: id ?? '', title, org, sample: !!sample }
}
