/* One record in a form: loaded, shown, saved, taken back. What is written and not saved is a draft, which
   nobody's newer version overwrites unasked. */
import { ref, shallowRef, watch } from 'vue'
import type { Shelf } from '../kept'
import { token } from '../token'
import { copy, useDraft } from './useDraft'
import { useResource } from './useResource'
import { useWrite } from './useWrite'

export interface FormOf<T, W, F> {
  id?: string /* none: a new one */
  drafts: Shelf
  draft?: string /* tells drafts of new ones apart */
  blank: F
  store: {
    get: (id: string, signal?: AbortSignal) => Promise<T>
    create: (of: W) => Promise<T>
    update: (id: string, of: W, rev?: number) => Promise<T>
    undo: (id: string, rev?: number) => Promise<T | null>
  }
  asked: () => boolean /* may it be asked for, by whoever looks? */
  shown?: (of: T) => boolean /* all of it, so that it can be edited */
  formOf: (of: T) => F
  bodyOf: (form: F, stored: T | null) => W
  undone?: (got: T | null, written: F) => void /* null: its creation was */
}

export function useRecordForm<T extends { id: string; rev: number }, W, F extends object>(of: FormOf<T, W, F>) {
  const { values: form, restored, rev, changed, start, settle } = useDraft(of.drafts, of.id ?? of.draft ?? 'new', of.blank)
  const stored = shallowRef<T | null>(null)
  const saved = shallowRef<T | null>(null) /* what the last save made, until it is taken back */
  const said = ref<'write.saved' | 'write.undone' | ''>('')
  const { saving, failure, conflict, attempt, forget } = useWrite()
  watch(form, () => (said.value = ''), { deep: true, flush: 'sync' })

  const record = useResource(() => (of.id && of.asked() ? { id: of.id, token: token.value } : null), (q, signal) => of.store.get(q.id, signal))
  watch(record.data, (got) => {
    if (!got || of.shown?.(got) === false) return
    stored.value = got
    start(of.formOf(got), got.rev)
  })

  /* As it is on the server now; null: it is not there. */
  function show(got: T | null) {
    stored.value = got
    settle(got ? of.formOf(got) : of.blank, got?.rev, got?.id)
  }
  const save = (force = false) => attempt(async () => {
    const body = of.bodyOf(form.value, stored.value)
    const id = stored.value?.id
    saved.value = id ? await of.store.update(id, body, force ? undefined : rev.value) : await of.store.create(body)
    show(saved.value)
    said.value = 'write.saved'
  })
  const undo = () => attempt(async () => {
    const written = copy(form.value)
    const got = await of.store.undo(saved.value!.id, saved.value!.rev)
    saved.value = null
    show(got)
    of.undone?.(got, written)
    said.value = 'write.undone'
  })
  /* Somebody else's newer version, instead of what was written here. */
  const reload = () => attempt(async () => show(await of.store.get(stored.value!.id)))
  function discard() {
    forget()
    show(stored.value)
  }
  return { form, restored, changed, record, stored, saved, said, saving, failure, conflict, attempt, show, save, undo, reload, discard }
}
