/* What somebody has written and not saved, kept in this browser so that nothing is lost. */
import { ref, watch } from 'vue'

const NAME = 'need-draft:'

function stored<T>(name: string): { values: T; rev?: number } | null {
  try {
    return JSON.parse(localStorage.getItem(NAME + name) ?? 'null')
  } catch {
    return null /* storage is forbidden here, or what it holds is none of ours */
  }
}

/* `name` tells drafts apart; `blank` is what an empty form holds. `start` sets what the form shows
   when nothing was kept, and what a discarded draft goes back to. */
export function useDraft<T extends object>(name: string, blank: T) {
  const kept = stored<T>(name)
  const values = ref({ ...blank, ...kept?.values }) as { value: T }
  const restored = ref(kept !== null)
  const rev = ref(kept?.rev) /* the revision that is being edited */
  let base = JSON.stringify(blank)

  function write() {
    try {
      if (JSON.stringify(values.value) === base) localStorage.removeItem(NAME + name)
      else localStorage.setItem(NAME + name, JSON.stringify({ values: values.value, rev: rev.value }))
    } catch {
      /* then it lasts until the page is closed */
    }
  }
  watch(() => values.value, write, { deep: true })

  function start(from: T, at?: number) {
    base = JSON.stringify(from)
    if (restored.value) return
    rev.value = at
    values.value = { ...from }
  }
  function settle(from: T, at?: number) {
    base = JSON.stringify(from)
    rev.value = at
    restored.value = false
    values.value = { ...from }
    write()
  }
  return { values, restored, rev, start, settle }
}
