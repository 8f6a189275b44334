/* Spans of the API count code points, strings of JavaScript UTF-16 units: here they meet. */

export interface Mark {
  begin: number /* code points, [begin, end) */
  end: number
  kind: 'sentence' | 'term'
  number: number /* of the pair of sentences; 0 for terms */
}

export interface Piece {
  text: string
  marks: Mark[]
  first: number /* the number of the sentence that begins here, or 0 */
}

/* `text` from code point `from` on, cut wherever a mark begins or ends. Marks count from the start of
   the whole field. */
export function cut(text: string, marks: Mark[], from = 0): Piece[] {
  const points = Array.from(text)
  const end = from + points.length
  const inside = marks.filter((m) => m.begin < end && m.end > from && m.begin < m.end)
  const at = new Set([from, end])
  for (const m of inside) {
    at.add(Math.max(m.begin, from))
    at.add(Math.min(m.end, end))
  }
  const cuts = [...at].sort((a, b) => a - b)
  return cuts.slice(0, -1).map((begin, i) => ({
    text: points.slice(begin - from, cuts[i + 1]! - from).join(''),
    marks: inside.filter((m) => m.begin <= begin && m.end > begin),
    first: inside.find((m) => m.kind === 'sentence' && m.begin === begin)?.number ?? 0,
  }))
}

/* The lines of a list of indicators, each with the code point it begins at. */
export function lines(text: string): { text: string; from: number }[] {
  let from = 0
  return (text.match(/[^;\uff1b\n]*[;\uff1b\n]?/g) ?? []).map((line) => {
    const bare = line.trimStart() /* no white space is beyond the basic plane */
    const start = from + line.length - bare.length
    from += Array.from(line).length
    return { text: bare, from: start }
  }).filter((l) => l.text !== '')
}
