import { fleetkitApiVersion } from '../group.ts'
import { clusterColumn, lastColumns, readyColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { remoteAssemblageSpecSchema, remoteAssemblageStatusSchema } from './schema.ts'
import type { RemoteAssemblageSpec, RemoteAssemblageStatus } from './types.generated.ts'

/** The kind `RemoteAssemblage`. */
export const remoteAssemblageKind: TypedKind<RemoteAssemblageSpec, RemoteAssemblageStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'RemoteAssemblage',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'remoteassemblages',
  singular: 'remoteassemblage',
  shortNames: [],
  description: 'Keeps an Assemblage in another cluster, which goes on without this one, and shows what it reports.',
  spec: remoteAssemblageSpecSchema,
  status: remoteAssemblageStatusSchema,
  columns: [clusterColumn, readyColumn, ...lastColumns],
}
