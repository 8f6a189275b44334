/* Needs as they are written: diagnosed, stored, taken back. */
import { request, type Need } from './client'
import type { components } from './types'

type Schemas = components['schemas']
export type Diagnosis = Schemas['Diagnosis']
export type Finding = Schemas['HealthFinding']
export type NeedDraft = Schemas['NeedDraft']
export type NeedWrite = Schemas['NeedWrite']

const path = (id: string) => `needs/${encodeURIComponent(id)}`

export const needs = {
  /* Nothing of a draft is stored, or written to a log. */
  diagnoseDraft: (draft: NeedDraft, signal?: AbortSignal) =>
    request<Diagnosis>('needs/diagnosis', signal, {}, draft),
  diagnosis: (id: string, signal?: AbortSignal) => request<Diagnosis>(`${path(id)}/diagnosis`, signal),
  create: (need: NeedWrite) => request<Need>('needs', undefined, {}, need),
  /* `rev`: the revision that was edited; without it whatever is there is overwritten. */
  update: (id: string, need: NeedWrite, rev?: number) =>
    request<Need>(path(id), undefined, {}, need, undefined, 'PUT', rev),
  /* Takes back the latest change; null: that was its creation. */
  undo: (id: string, rev: number) =>
    request<Need | null>(`${path(id)}/undo`, undefined, {}, undefined, undefined, 'POST', rev),
}
