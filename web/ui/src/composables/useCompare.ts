/* Candidates of one need that somebody lays side by side: kept while the tab is open. */
import { computed, ref } from 'vue'

export const MOST = 4
export interface Named {
  id: string
  title: string
}
interface Tray {
  need: Named
  picks: Named[]
}

const NAME = 'compare'

function stored(): Tray | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME) ?? 'null')
    return kept && kept.need && Array.isArray(kept.picks) ? kept : null
  } catch {
    return null /* storage is forbidden here, or holds something else */
  }
}

const tray = ref<Tray | null>(stored())

function keep(to: Tray | null) {
  tray.value = to && to.picks.length > 0 ? to : null
  try {
    if (tray.value) sessionStorage.setItem(NAME, JSON.stringify(tray.value))
    else sessionStorage.removeItem(NAME)
  } catch {
    /* then it lasts until the page is loaded anew */
  }
}

export const compareNeed = computed(() => tray.value?.need ?? null)
export const comparePicks = computed(() => tray.value?.picks ?? [])

const picksOf = (need: string) => (tray.value?.need.id === need ? tray.value.picks : [])
export const isPicked = (need: string, id: string) => picksOf(need).some((p) => p.id === id)
export const isFull = (need: string) => picksOf(need).length >= MOST

/* One more or one less. Another need's candidates make way: only those of one need compare. */
export function toggle(need: Named, pick: Named) {
  const before = picksOf(need.id)
  if (isPicked(need.id, pick.id)) keep({ need, picks: before.filter((p) => p.id !== pick.id) })
  else if (before.length < MOST) keep({ need, picks: [...before, pick] })
}

export const clearPicks = () => keep(null)
