/* A list that grows page by page. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Failure, Page } from '../api/client'
import { asFailure } from './useResource'

export function usePages<S, T>(
  source: () => S | null,
  load: (s: S, cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
) {
  const items = shallowRef<T[]>([])
  const next = ref<string | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const loading = ref(false)
  let current: AbortController | undefined

  async function more(restart = false) {
    current?.abort()
    const key = source()
    if (key === null) return
    const mine = (current = new AbortController())
    loading.value = true
    failure.value = null
    try {
      let cursor = restart ? undefined : (next.value ?? undefined)
      let page: Page<T>
      do {
        /* A page may be empty although another follows. */
        page = await load(key, cursor, mine.signal)
        cursor = page.next ?? undefined
      } while (page.items.length === 0 && page.next !== null && !mine.signal.aborted)
      if (mine.signal.aborted) return
      items.value = restart ? page.items : [...items.value, ...page.items]
      next.value = page.next
    } catch (e) {
      if (!mine.signal.aborted) failure.value = asFailure(e)
    } finally {
      if (current === mine) loading.value = false
    }
  }

  watch(source, (now, before) => {
    if (JSON.stringify(now) === JSON.stringify(before) && before !== undefined) return
    items.value = []
    next.value = null
    void more(true)
  }, { immediate: true })
  onScopeDispose(() => current?.abort())
  return { items, next, failure, loading, more: () => more(), reload: () => more(true) }
}
