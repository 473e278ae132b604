import type { KubeObject, Store, TypeRef } from 'fleetkit'

export const kustomizations: TypeRef = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' }
export const repositories: TypeRef = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' }
const maps: TypeRef = { apiVersion: 'v1', kind: 'ConfigMap' }
const namespace = 'default'
const finalizer = 'finalizers.fluxcd.io'

interface KustomizationSpec {
  readonly path: string
  readonly suspend: boolean
  readonly sourceRef: { readonly name: string }
}

/** Does with its objects what Flux's controllers do, in one step each, as far as the promises of the port are about it; what they really do is tried with the real ones. */
export class PlayedFlux {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async settle(): Promise<void> {
    for (const object of (await this.#store.list(kustomizations, { namespace })).items) {
      if (object.metadata.deletionTimestamp === undefined) await this.#apply(object)
      else await this.#finish(object)
    }
  }

  /** As a reconciliation that has begun leaves them. */
  async lookAgain(): Promise<void> {
    for (const object of (await this.#store.list(kustomizations, { namespace })).items) {
      const status = { ...(object.status as object), conditions: [ready(object, 'Unknown', 'Progressing')] }
      await this.#store.update({ ...object, status }, { subresource: 'status' })
    }
  }

  async applied(): Promise<readonly string[]> {
    return (await this.#store.list(maps, { namespace })).items.map(({ metadata }) => metadata.name)
  }

  async #apply(object: KubeObject): Promise<void> {
    const { path, suspend, sourceRef } = object.spec as KustomizationSpec
    const source = await this.#store.get({ ...repositories, namespace, name: sourceRef.name })
    const { commit } = (source?.spec as { readonly ref?: { readonly commit: string } } | undefined)?.ref ?? {}
    if (suspend || commit === undefined) return
    const metadata = { ...object.metadata, finalizers: [...new Set([...(object.metadata.finalizers ?? []), finalizer])] }
    const held = await this.#store.update({ ...object, metadata })
    const name = path.slice('./'.length)
    const labels = { 'kustomize.toolkit.fluxcd.io/name': object.metadata.name, 'kustomize.toolkit.fluxcd.io/namespace': namespace }
    const map = await this.#store.get({ ...maps, namespace, name })
    if (map === undefined) await this.#store.create({ ...maps, metadata: { name, namespace, labels } })
    const revision = `sha1:${commit}`
    const status = {
      observedGeneration: held.metadata.generation,
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      inventory: { entries: [{ id: `${namespace}_${name}__ConfigMap`, v: 'v1' }] },
      conditions: [ready(held, 'True', 'ReconciliationSucceeded')],
    }
    await this.#store.update({ ...held, status }, { subresource: 'status' })
  }

  /** Of a suspended one the objects stay. */
  async #finish(object: KubeObject): Promise<void> {
    if (object.metadata.finalizers?.includes(finalizer) !== true) return
    const { path, suspend } = object.spec as KustomizationSpec
    if (!suspend) await this.#store.delete({ ...maps, namespace, name: path.slice('./'.length) })
    const finalizers = object.metadata.finalizers.filter((each) => each !== finalizer)
    await this.#store.update({ ...object, metadata: { ...object.metadata, finalizers } })
  }
}

function ready({ metadata }: KubeObject, status: string, reason: string): object {
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  return { type: 'Ready', status, reason, message: reason, observedGeneration: metadata.generation, lastTransitionTime }
}
