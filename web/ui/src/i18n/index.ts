/* Every string that people see is a key here; zh.ts decides which keys exist, and en.ts does not
   compile when one is missing or too many. */
import { ref, watchEffect } from 'vue'
import en from './en'
import zh from './zh'

export type Key = keyof typeof zh
export type Lang = 'zh' | 'en'

const catalogues: Record<Lang, Record<Key, string>> = { zh, en }

function stored(): Lang {
  try {
    return localStorage.getItem('lang') === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh' /* storage is forbidden here */
  }
}

export const lang = ref<Lang>(stored())

export function setLang(to: Lang) {
  lang.value = to
  try {
    localStorage.setItem('lang', to)
  } catch {
    /* then it lasts until the page is closed */
  }
}

watchEffect(() => {
  document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en'
})

/* The text of a key; {name} in it stands for values.name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return catalogues[lang.value][key].replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all))
}

/* The label of a code, such as label('level', 'good'); a code that we do not know stands for itself. */
export function label(group: string, code: string | null | undefined): string {
  if (!code) return ''
  const key = `${group}.${code}`
  return key in catalogues[lang.value] ? t(key as Key) : code
}
