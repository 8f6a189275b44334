/* One write at a time, and what became of it: refused for want of a token, by somebody's newer
   version (conflict), or for another reason. */
import { ref, shallowRef } from 'vue'
import type { Failure } from '../api/client'
import { token } from '../token'
import { ask } from './useAccess'
import { asFailure } from './useResource'

export function useWrite() {
  const saving = ref(false)
  const failure = shallowRef<Failure | null>(null)
  const conflict = ref(false)
  function forget() {
    failure.value = null
    conflict.value = false
  }
  async function attempt(what: () => Promise<void>) {
    if (!token.value) return ask()
    saving.value = true
    forget()
    try {
      await what()
    } catch (e) {
      failure.value = asFailure(e)
      conflict.value = failure.value.status === 412
    } finally {
      saving.value = false
    }
  }
  return { saving, failure, conflict, attempt, forget }
}
