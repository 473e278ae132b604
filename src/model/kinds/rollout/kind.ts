import { fleetkitApiVersion } from '../group.ts'
import { ageColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { rolloutSpecSchema, rolloutStatusSchema } from './schema.ts'
import type { StoredRolloutSpec, StoredRolloutStatus } from './types.generated.ts'

/** The kind `Rollout`. */
export const rolloutKind: TypedKind<StoredRolloutSpec, StoredRolloutStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'Rollout',
  scope: 'Namespaced',
  nameForm: 'subdomain',
  plural: 'rollouts',
  singular: 'rollout',
  shortNames: [],
  description: 'The rollout of a Module: what people say of it, and what is remembered, so that it goes on after a restart.',
  spec: rolloutSpecSchema,
  status: rolloutStatusSchema,
  columns: [{ name: 'Module', type: 'string', jsonPath: '.spec.module' }, ageColumn],
}
