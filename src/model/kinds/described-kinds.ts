import { describe } from '../schema/describe.ts'
import { type FleetKinds, kinds as plainKinds } from './kinds.ts'
import { rolloutDescriptions } from './module/rollout-descriptions.ts'
import type { ModuleSpec, ModuleStatus } from './module/types.generated.ts'
import type { TypedKind } from './typed-kind.ts'

/** The kind `Module`, with what each field of a rollout means. */
export const moduleKind: TypedKind<ModuleSpec, ModuleStatus> = {
  ...plainKinds.Module,
  spec: describe(plainKinds.Module.spec, rolloutDescriptions),
}

/** The kinds of this library, by name, with what every field means: what definitions and types are made from. */
export const kinds: FleetKinds = { ...plainKinds, Module: moduleKind }
