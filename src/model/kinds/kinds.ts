import type { KindDefinition } from './kind.ts'
import { moduleKind } from './module/kind.ts'
import { syncKind } from './sync/kind.ts'

/** The kinds of this library, by name, without what the fields of a rollout mean. */
export const kinds: Readonly<Record<'Sync' | 'Module', KindDefinition>> = { Sync: syncKind, Module: moduleKind }
