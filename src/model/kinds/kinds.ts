import { moduleKind } from './module/kind.ts'
import { syncKind } from './sync/kind.ts'

/** The kinds of this library, by name. The engine needs no words for their fields: those are in `described-kinds.ts`. */
export const kinds: { readonly Sync: typeof syncKind; readonly Module: typeof moduleKind } = { Sync: syncKind, Module: moduleKind }
