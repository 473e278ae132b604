import { describe } from '../schema/describe.ts'
import { kinds as plainKinds } from './kinds.ts'
import { rolloutDescriptions } from './module/rollout-descriptions.ts'

/** The kind `Module`, with what each field of a rollout means. */
export const moduleKind: typeof plainKinds.Module = { ...plainKinds.Module, spec: describe(plainKinds.Module.spec, rolloutDescriptions) }

/** The kinds of this library, by name, with what every field means: what definitions and types are made from. */
export const kinds: typeof plainKinds = { ...plainKinds, Module: moduleKind }
