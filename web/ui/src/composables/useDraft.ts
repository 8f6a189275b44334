/* What somebody has written and not saved, kept in this browser so that nothing is lost. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import type { Shelf } from '../kept'

interface Kept<F> {
  values: F
  rev?: number
}
export const copy = <T>(of: T): T => JSON.parse(JSON.stringify(of)) as T
export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

export function keptDraft<F extends object>(drafts: Shelf, name: string, blank: F): Kept<F> | null {
  const kept = drafts.get<Kept<F>>(name)
  return kept?.values ? { ...kept, values: { ...copy(blank), ...kept.values } } : null
}

/* `name` tells drafts apart; `blank` is what an empty form holds. `start` says what the draft differs
   from, which the form shows when nothing was kept; `settle` that it differs from nothing any more, and
   under which name it goes on. */
export function useDraft<F extends object>(drafts: Shelf, name: string, blank: F) {
  const kept = keptDraft(drafts, name, blank)
  const values = ref(kept?.values ?? copy(blank)) as Ref<F>
  const restored = ref(kept !== null)
  const rev = ref(kept?.rev) /* the revision that is being edited */
  const base = shallowRef(copy(blank))
  const changed = computed(() => !same(values.value, base.value))
  let called = name

  const keep = () => drafts.put(called, changed.value ? { values: values.value, rev: rev.value } : null)
  watch(values, keep, { deep: true })

  function show(from: F, at?: number) {
    base.value = copy(from)
    restored.value = false
    rev.value = at
    values.value = copy(from)
  }
  function start(from: F, at?: number) {
    base.value = copy(from)
    if (!restored.value || !changed.value) show(from, at)
  }
  function settle(from: F, at?: number, as = name) {
    drafts.put(called, null)
    called = as
    show(from, at)
    keep()
  }
  return { values, restored, rev, base, changed, start, settle }
}
