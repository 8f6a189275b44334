/* What an organisation is in a consortium, by its kind and tier: as the server says it of those it proposes. */
import type { Org } from './api/client'

export function roleOf(org: Pick<Org, 'kind' | 'tier'>): string {
  if (org.kind === 'enterprise') return org.tier === 'lead' ? 'lead' : 'sme'
  return org.kind === 'university' || org.kind === 'institute' || org.kind === 'platform' ? org.kind : 'other'
}
