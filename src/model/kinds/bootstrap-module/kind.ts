import { fleetkitApiVersion } from '../group.ts'
import { moduleKind } from '../module/kind.ts'
import type { ModuleStatus } from '../module/types.generated.ts'
import type { TypedKind } from '../typed-kind.ts'
import { bootstrapModuleSpecSchema } from './schema.ts'
import type { BootstrapModuleSpec } from './types.generated.ts'

/** The kind `BootstrapModule`. */
export const bootstrapModuleKind: TypedKind<BootstrapModuleSpec, ModuleStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'BootstrapModule',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'bootstrapmodules',
  singular: 'bootstrapmodule',
  shortNames: [],
  description:
    'A Module that is applied to its clusters directly, as it assumes nothing there. It may hand over to the cluster afterwards.',
  spec: bootstrapModuleSpecSchema,
  status: moduleKind.status,
  columns: moduleKind.columns,
}
