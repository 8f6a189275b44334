/* How records of a kind are written: added, replaced, deleted, and the latest change taken back. */
import { request } from './client'

export function writes<T, W>(plural: string) {
  const path = (id: string) => `${plural}/${encodeURIComponent(id)}`
  return {
    create: (of: W) => request<T>(plural, undefined, {}, of),
    /* `rev`: the revision that was edited; without it whatever is there is overwritten. */
    update: (id: string, of: W, rev?: number) => request<T>(path(id), undefined, {}, of, undefined, 'PUT', rev),
    remove: (id: string, rev?: number) => request<null>(path(id), undefined, {}, undefined, undefined, 'DELETE', rev),
    /* null: that was its creation. What a deletion took is back by it, with the revision after it. */
    undo: (id: string, rev?: number) => request<T | null>(`${path(id)}/undo`, undefined, {}, undefined, undefined, 'POST', rev),
  }
}
