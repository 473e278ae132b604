import type { KubeObject } from '../../model/object.ts'

/** The host that the source of a Sync is fetched from; `undefined` for one that names none. */
export function gitHostOf(sync: KubeObject | undefined): string | undefined {
  const url = (sync?.spec as { readonly source?: { readonly git?: { readonly url?: unknown } } } | undefined)?.source?.git?.url
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).host : undefined
}
