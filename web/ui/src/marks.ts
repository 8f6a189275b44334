/* From the evidence of a match to marks in the texts it quotes. */
import type { Evidence, Indicator, Quote } from './api/client'
import type { Mark } from './text'

export type Side = 'need' | 'capability'
/* Marks by field name. */
export type Marks = Record<string, Mark[]>

export interface Pair {
  number: number
  need: Quote
  capability: Quote
}

/* Sentences and indicators, numbered as they are shown. */
export function pairsOf(evidence: Evidence[]): Pair[] {
  return evidence
    .filter((e) => e.kind !== 'term')
    .map((e, i) => ({ number: i + 1, need: e.need, capability: e.capability }))
}

export function termsOf(evidence: Evidence[]): Evidence[] {
  return evidence.filter((e) => e.kind === 'term')
}

/* Everything that `side` is quoted with. */
export function marksOf(evidence: Evidence[], side: Side): Marks {
  const marks: Marks = {}
  const add = (q: Quote, kind: Mark['kind'], number: number) =>
    (marks[q.field] ??= []).push({ begin: q.span[0]!, end: q.span[1]!, kind, number })
  for (const p of pairsOf(evidence)) add(p[side], 'sentence', p.number)
  for (const e of termsOf(evidence)) add(e[side], 'term', 0)
  return marks
}

/* Inside a quoted sentence only the terms are marked. */
export function termMarks(evidence: Evidence[], side: Side, field: string): Mark[] {
  return (marksOf(evidence, side)[field] ?? []).filter((m) => m.kind === 'term')
}

/* Something is stated, but it does not tell: another matter than silence. */
export const verdictOf = (i: Indicator) => (i.verdict === 'unknown' && i.stated ? 'open' : i.verdict)
