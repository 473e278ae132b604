import { describe } from '../schema/describe.ts'
import type { KindDefinition } from './kind.ts'
import { kinds as plainKinds } from './kinds.ts'
import { rolloutDescriptions } from './module/rollout-descriptions.ts'

/** The kind `Module`, with what the fields of a rollout mean: nothing is validated by these words. */
export const moduleKind: KindDefinition = { ...plainKinds.Module, spec: describe(plainKinds.Module.spec, rolloutDescriptions) }

/** The kinds of this library, by name. */
export const kinds: Readonly<Record<'Sync' | 'Module', KindDefinition>> = { ...plainKinds, Module: moduleKind }
