/* Who one is to the server: a reader, or the holder of the writer token. */
import { ref, watch } from 'vue'
import { api } from '../api/client'
import { t, type Key } from '../i18n'
import { sealedDrafts } from '../kept'
import { keepToken, offered, token, tokenIn } from '../token'
import { serverState } from './useServerState'
import { asFailure } from './useResource'

export const asking = ref(false) /* the dialog is open */
export const checking = ref(false)
export const stale = ref(false) /* the server has another token by now */
/* Why the last one was not taken. */
export const refusal = ref<{ title: string; hint: string } | null>(null)

const refuse = (title: Key, hint: Key) => (refusal.value = { title: t(title), hint: t(hint) })

export function ask() {
  refusal.value = null
  asking.value = true
}

/* Asks the server whether it knows the token, and keeps it if so. */
export async function enter(text: string) {
  const candidate = tokenIn(text)
  refusal.value = null
  /* A header holds nothing else. */
  if (!/^[\x21-\x7e]+$/.test(candidate)) return void refuse('token.wrong', 'token.wrong.hint')
  checking.value = true
  try {
    const state = await api.state(undefined, candidate)
    if (!state.writer) return void refuse('token.wrong', 'token.wrong.hint')
    keepToken(candidate)
    serverState.value = state
    stale.value = false
    asking.value = false
  } catch (e) {
    const { title, hint } = asFailure(e)
    refusal.value = { title, hint }
  } finally {
    checking.value = false
  }
}

export function leave() {
  sealedDrafts.clear()
  keepToken('')
  stale.value = false
}

/* One that was exchanged for another meanwhile opens nothing any more. */
watch(serverState, (state) => {
  if (!token.value || !state || state.writer) return
  keepToken('')
  stale.value = true
})

/* By the link: a dialog is needed only when it is wrong. */
watch(offered, async (text) => {
  if (!text) return
  offered.value = ''
  await enter(text)
  if (refusal.value) asking.value = true
}, { immediate: true })
