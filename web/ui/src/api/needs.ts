/* Needs as they are written: diagnosed, stored, taken back. */
import { request, type Need } from './client'
import type { components } from './types'
import { writes } from './writes'

type Schemas = components['schemas']
export type Diagnosis = Schemas['Diagnosis']
export type Finding = Schemas['HealthFinding']
export type NeedDraft = Schemas['NeedDraft']
export type NeedWrite = Schemas['NeedWrite']

const path = (id: string) => `needs/${encodeURIComponent(id)}`

export const needs = {
  ...writes<Need, NeedWrite>('needs'),
  /* Nothing of a draft is stored, or written to a log. */
  diagnoseDraft: (draft: NeedDraft, signal?: AbortSignal) =>
    request<Diagnosis>('needs/diagnosis', signal, {}, draft),
  diagnosis: (id: string, signal?: AbortSignal) => request<Diagnosis>(`${path(id)}/diagnosis`, signal),
}
