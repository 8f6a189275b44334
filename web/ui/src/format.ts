/* Numbers as people say them. */
import { lang, t } from './i18n'

export function count(n: number): string {
  return n.toLocaleString(lang.value === 'zh' ? 'zh-CN' : 'en')
}

/* A small number of expected hits, to two significant digits: 0.021, 0.5, 3.4, 12. */
export function few(e: number): string {
  return e >= 10 ? count(Math.round(e)) : String(Number(e.toPrecision(2)))
}

export function byChance(e: number): string {
  if (e > 10) return t('chance.many')
  return e < 0.001 ? t('chance.never') : t('chance', { n: few(e) })
}

export function timeLeft(seconds: number): string {
  if (seconds < 60) return t('time.seconds', { n: Math.max(1, Math.round(seconds)) })
  if (seconds < 5400) return t('time.minutes', { n: Math.round(seconds / 60) })
  return t('time.hours', { n: few(seconds / 3600) })
}

export function signed(x: number): string {
  return (x < 0 ? '\u2212' : '+') + Math.abs(x).toFixed(2)
}

/* The beginning of a text, for a list. */
export function brief(text: string | undefined, points = 90): string {
  const all = Array.from((text ?? '').replace(/\s+/g, ' '))
  return all.length > points ? all.slice(0, points).join('') + '\u2026' : all.join('')
}

/* A share as a whole percentage; only all of it is 100. */
export function percent(x: number): string {
  return `${x > 1 - 1e-9 ? 100 : Math.min(99, Math.round(x * 100))}%`
}

/* A point in time, to the minute and in this browser's zone. */
export function moment(at: string): string {
  const d = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`
}
