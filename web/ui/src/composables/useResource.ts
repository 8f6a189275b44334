/* One answer of the server that follows what it depends on. A newer question ends an older one. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { Failure } from '../api/client'
import { t } from '../i18n'

export function asFailure(e: unknown): Failure {
  return e instanceof Failure ? e : new Failure(t('failure.page'), String(e), '', 'page', 0)
}

/* `source` gives the question's key, or null while there is none; `load` asks it. While a question
   is under way the last answer stays, unless `source` changed. */
export function useResource<S, T>(source: () => S | null, load: (s: S, signal: AbortSignal) => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const loading = ref(false)
  let current: AbortController | undefined

  async function ask() {
    current?.abort()
    const key = source()
    if (key === null) return
    const mine = (current = new AbortController())
    loading.value = true
    failure.value = null
    try {
      const got = await load(key, mine.signal)
      if (!mine.signal.aborted) data.value = got
    } catch (e) {
      if (!mine.signal.aborted) failure.value = asFailure(e)
    } finally {
      if (current === mine) loading.value = false
    }
  }

  watch(source, (now, before) => {
    if (JSON.stringify(now) === JSON.stringify(before) && before !== undefined) return
    data.value = null
    failure.value = null
    void ask()
  }, { immediate: true })
  onScopeDispose(() => current?.abort())
  return { data, failure, loading, reload: ask }
}
