/* Editing the subtopics of a challenge: each function makes a new list and leaves the old one alone. */
import type { Topic } from './composables/useComposer'

/* The sentences of a text and the lines of a list of targets, as they can be split off. */
export function parts(text: string): string[] {
  return (text.match(/[^\u3002\uff1b;\uff01\uff1f!?\n]+[\u3002\uff1b;\uff01\uff1f!?\n]*/g) ?? []).map((p) => p.trim()).filter(Boolean)
}

const join = (a: string, b: string) => [a, b].filter(Boolean).join('\n')

function freeId(topics: Topic[]): string {
  let n = topics.length + 1
  while (topics.some((x) => x.id === `t${n}`)) n++
  return `t${n}`
}
const mean = (topics: Topic[]) => topics.reduce((sum, x) => sum + x.weight, 0) / (topics.length || 1) || 1

export const replaced = (topics: Topic[], to: Topic) => topics.map((x) => (x.id === to.id ? to : x))

export const removed = (topics: Topic[], id: string) => topics.filter((x) => x.id !== id)

export const added = (topics: Topic[], title: string): Topic[] =>
  [...topics, { id: freeId(topics), title, text: '', targets: '', weight: mean(topics) }]

/* `id` becomes part of `into`. */
export function merged(topics: Topic[], id: string, into: string): Topic[] {
  const from = topics.find((x) => x.id === id), to = topics.find((x) => x.id === into)
  if (!from || !to || from === to) return topics
  const text = join(to.text || to.title, from.text || from.title)
  return removed(replaced(topics, { ...to, text, targets: join(to.targets, from.targets), weight: to.weight + from.weight }), id)
}

/* The named parts of `topic` become one of their own, right behind it; weight goes with the number of
   parts. */
export function splitOff(topics: Topic[], topic: Topic, off: { text: string[]; targets: string[] }, title: string): Topic[] {
  const stay = (all: string[], gone: string[]) => all.filter((p) => !gone.includes(p)).join('\n')
  const text = parts(topic.text), targets = parts(topic.targets)
  const share = Math.min(0.9, Math.max(0.1, (off.text.length + off.targets.length) / Math.max(1, text.length + targets.length)))
  const rest = { ...topic, text: stay(text, off.text), targets: stay(targets, off.targets), weight: topic.weight * (1 - share) }
  const piece = { id: freeId(topics), title, text: off.text.join('\n'), targets: off.targets.join('\n'), weight: topic.weight * share }
  return topics.flatMap((x) => (x.id === topic.id ? [rest, piece] : [x]))
}
