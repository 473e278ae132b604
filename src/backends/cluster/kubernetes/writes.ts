import { clearsManagedFields } from '../../../manifest/fields/managers.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import { fieldManagerProblem } from '../../../model/field-manager.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../../model/reference.ts'
import type { ApplyOptions, IssuedToken, WriteOptions } from '../../../ports/cluster.ts'
import { objectPath, query } from './paths.ts'
import type { ServedResource } from './served-resource.ts'

/** The path and the parameters of a write of one object. */
export function writePath(resource: ServedResource, ref: ObjectRef, options: WriteOptions): string {
  return objectPath(resource, ref) + (options.subresource === undefined ? '' : `/${options.subresource}`) + writeQuery(options)
}

/** @throws FleetkitError `cluster/invalid` for a write of a status that the type does not have */
export function checkSubresource(resource: ServedResource, ref: ObjectRef, { subresource }: WriteOptions): void {
  if (subresource === undefined || resource.status) return
  throw new FleetkitError('cluster/invalid', `${ref.kind} of ${ref.apiVersion} has no status subresource`, { ref })
}

/** The parameters of a write. */
export function writeQuery({
  fieldManager,
  force,
  dryRun,
  fieldValidation = 'Strict',
}: WriteOptions & Pick<ApplyOptions, 'force'>): string {
  const problem = fieldManager === undefined ? undefined : fieldManagerProblem(fieldManager)
  if (problem !== undefined) throw invalid(undefined, [problem])
  return query({ fieldManager, force: force || undefined, dryRun: dryRun ? 'All' : undefined, fieldValidation })
}

/** What an apply to the status sends: some kinds would take over metadata with it. */
export function statusOf({ apiVersion, kind, metadata, status }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, ...(status !== undefined && { status }) }
}

/** Managed fields that ask to forget who owns what mean something, though they are empty. Of a custom object an empty list is overlooked. */
export function withClearedOwners(input: KubeObject, given: KubeObject): KubeObject {
  return clearsManagedFields(given) ? { ...input, metadata: { ...input.metadata, managedFields: [{}] } } : input
}

/** In a create, managed fields are those of another object. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

export const serviceAccount: TypeRef = { apiVersion: 'v1', kind: 'ServiceAccount' }

/** What asks for a token of the audience that the API server itself has. */
export function tokenRequest(expirationSeconds: number): JsonObject {
  return { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } }
}

/** The token in the answer. */
export function issuedToken(body: unknown, ref: ObjectRef): IssuedToken {
  const { token, expirationTimestamp } = (body as { readonly status?: Readonly<Record<string, unknown>> } | undefined)?.status ?? {}
  if (typeof token === 'string' && typeof expirationTimestamp === 'string') return { token, expiresAt: expirationTimestamp }
  throw new FleetkitError('cluster/protocol', 'the API server answered a TokenRequest without a token', { ref })
}
