/* What this browser keeps for whoever uses it: for as long as it can, or for this tab alone. Where that is
   forbidden, or holds what is none of ours, a value lasts until the page is loaded anew. */
const lost = new Map<string, string>()

export interface Shelf {
  get<T>(name: string): T | null
  put(name: string, value: unknown): void /* null: forget it */
  clear(): void
}

export function shelf(where: 'browser' | 'tab', prefix: string): Shelf {
  const store = () => (where === 'browser' ? localStorage : sessionStorage)
  return {
    get<T>(name: string) {
      try {
        return JSON.parse(lost.get(prefix + name) ?? store().getItem(prefix + name) ?? 'null') as T | null
      } catch {
        return null
      }
    },
    put(name, value) {
      const key = prefix + name
      lost.delete(key)
      try {
        if (value === null) store().removeItem(key)
        else store().setItem(key, JSON.stringify(value))
      } catch {
        if (value !== null) lost.set(key, JSON.stringify(value))
      }
    },
    clear() {
      for (const key of [...lost.keys()].filter((k) => k.startsWith(prefix))) lost.delete(key)
      try {
        for (const key of Object.keys(store()).filter((k) => k.startsWith(prefix))) store().removeItem(key)
      } catch {
        /* then nothing was kept there */
      }
    },
  }
}

/* What only holders of the token may read goes with the tab, and when the token is given back. */
export const sealedDrafts = shelf('tab', 'sealed-draft:')
