/* The writer token of this tab: with it the server shows what is not public. It is kept until the
   tab is closed, and never in an address. */
import { ref } from 'vue'

const NAME = 'token'

function stored(): string {
  try {
    return sessionStorage.getItem(NAME) ?? ''
  } catch {
    return '' /* storage is forbidden here */
  }
}

/* The token that goes with every question; '' without one. */
export const token = ref(stored())

export function keepToken(to: string) {
  token.value = to
  try {
    if (to) sessionStorage.setItem(NAME, to)
    else sessionStorage.removeItem(NAME)
  } catch {
    /* then it lasts until the page is loaded anew */
  }
}

/* What somebody pasted: the token, or the whole link. */
export function tokenIn(text: string): string {
  return text.trim().replace(/^.*#\/token\//, '')
}

/* The token of the link #/token/..., until it has been checked. It is taken out of the address, and
   so out of the tab's history, before the router looks: this module is loaded, and listens, first. */
export const offered = ref('')

function takeFromAddress() {
  if (!location.hash.startsWith('#/token/')) return
  offered.value = tokenIn(location.hash)
  history.replaceState(history.state, '', '#/')
}
takeFromAddress()
addEventListener('popstate', takeFromAddress)
