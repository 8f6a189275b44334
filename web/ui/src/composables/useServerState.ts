/* What GET /state says, asked again now and then; shared by all who use it. */
import { shallowRef } from 'vue'
import { api, type State } from '../api/client'
import { token } from '../token'

const BUSY_MS = 2000
const IDLE_MS = 30000

export const serverState = shallowRef<State | null>(null)
export const serverAway = shallowRef(false)

async function poll() {
  if (!document.hidden) {
    try {
      const asked = token.value
      const state = await api.state()
      if (asked === token.value) serverState.value = state /* else it was said to somebody else */
      serverAway.value = false
    } catch {
      serverAway.value = true
    }
  }
  const busy = serverAway.value || (serverState.value?.embedding.missing ?? 0) > 0
  setTimeout(poll, busy ? BUSY_MS : IDLE_MS)
}

void poll()
