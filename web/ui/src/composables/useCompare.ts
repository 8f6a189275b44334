/* Candidates of one need that somebody lays side by side: kept while the tab is open. */
import { computed, ref } from 'vue'
import { shelf } from '../kept'

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
const tabs = shelf('tab', '')
const before = tabs.get<Tray>(NAME)
const tray = ref<Tray | null>(before?.need && Array.isArray(before.picks) ? before : null)

function keep(to: Tray | null) {
  tray.value = to && to.picks.length > 0 ? to : null
  tabs.put(NAME, tray.value)
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
