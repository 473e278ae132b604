import type { Store } from '../../ports/store.ts'

/** A store that lives in this process, and whose history can be forgotten on demand. */
export interface EmbeddedStore extends Store {
  /** Forgets the history: watches can go on from now only, and older ones end with `store/relist`. */
  compact(): void
}
