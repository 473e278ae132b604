import { Assemblage, type AssemblageInput, type DriverChange, type DriverInput, type KubeObject, type Store } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { expect } from 'vitest'
import { type AssembledSync, DriverLoop } from './driver-loop.ts'

const assemblage = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Assemblage', namespace: 'fleet', name: 'edge' }
export const names = ['a', 'b', 'c', 'd'] as const
export const commitOf = (digit: number): string => String(digit).repeat(40)

export const isKustomization = ({ kind }: KubeObject): boolean => kind === 'Kustomization'
export const nameOf = ({ metadata }: KubeObject): string => metadata.name
export const specOf = ({ spec }: KubeObject): KustomizationSpec => spec as KustomizationSpec
export const previousOf = ({ metadata }: KubeObject): string | undefined =>
  metadata.annotations?.['assemblage.fleetkit.dev/previous-source']

interface KustomizationSpec {
  readonly sourceRef: { readonly name: string }
  readonly dependsOn?: readonly { readonly name: string }[]
  readonly suspend: boolean
}

/** Does what Flux would: takes its finalizer, says that all is applied, or lets go of what is deleted. */
export async function act(store: Store, objects: readonly KubeObject[], of: readonly string[]): Promise<void> {
  for (const object of objects.filter(isKustomization)) {
    if (!of.some((name) => nameOf(object) === `edge-${name}`)) continue
    const { generation: observedGeneration, finalizers = [], deletionTimestamp } = object.metadata
    const others = finalizers.filter((each) => each !== 'finalizers.fluxcd.io')
    if (deletionTimestamp !== undefined) {
      await store.update({ ...object, metadata: { ...object.metadata, finalizers: others } })
      continue
    }
    const metadata = { ...object.metadata, finalizers: [...others, 'finalizers.fluxcd.io'] }
    const held = await store.update({ ...object, metadata })
    const source = objects.find((other) => !isKustomization(other) && nameOf(other) === specOf(object).sourceRef.name) as KubeObject
    const revision = `sha1:${(source.spec as { ref: { commit: string } }).ref.commit}`
    const ready = { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: '', observedGeneration }
    const status = {
      ...(object.status as object | undefined),
      observedGeneration,
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      conditions: [ready],
    }
    await store.update({ ...held, status }, { subresource: 'status' })
  }
}

/** Checks each write against what is there at that moment. */
function checkChange(change: DriverChange, there: ReadonlyMap<string, KubeObject>, { syncs }: DriverInput): void {
  const { action, object } = change
  const present = [...there.values()]
  if (isKustomization(object) && action !== 'delete' && object.metadata.deletionTimestamp === undefined && change.reason !== 'removed') {
    expect(there.has(`GitRepository ${specOf(object).sourceRef.name}`), 'the source is written first').toBe(true)
    for (const { name } of specOf(object).dependsOn ?? []) {
      const wanted = syncs.find((sync) => `edge-${sync.name}` === name) as AssembledSync
      const dependency = there.get(`Kustomization ${name}`)
      if (dependency?.metadata.deletionTimestamp !== undefined) continue
      expect(dependency, `${name} is written before ${nameOf(object)}`).toBeDefined()
      const source = there.get(`GitRepository ${specOf(dependency as KubeObject).sourceRef.name}`)?.spec as { ref: { commit: string } }
      expect(source.ref.commit).toBe(wanted.source.git.commit)
    }
  }
  if (isKustomization(object) && action === 'delete') {
    const dependants = present
      .filter(isKustomization)
      .filter(({ spec }) => specOf({ spec } as KubeObject).dependsOn?.some(({ name }) => name === nameOf(object)))
    expect(dependants.map(nameOf), `nothing depends on ${nameOf(object)}`).toEqual([])
    expect(specOf(object).suspend).toBe(false)
    expect(object.metadata.finalizers).toContain('assemblage.fleetkit.dev/inventory')
  }
  if (!isKustomization(object) && action === 'delete') {
    const users = present.filter(isKustomization).filter((each) => [specOf(each).sourceRef.name, previousOf(each)].includes(nameOf(object)))
    expect(users.map(nameOf), `nothing uses ${nameOf(object)}`).toEqual([])
  }
  if (!isKustomization(object)) expect(action, 'a source is never written twice').not.toBe('update')
}

/** Applies a diff write by write, each checked. */
export async function write(
  loop: DriverLoop,
  found: DriverInput['found'],
  most: number = Number.POSITIVE_INFINITY,
): Promise<readonly DriverChange[]> {
  const input = loop.input(found)
  const changes = loop.driver.diff(input).slice(0, most)
  const keyOf = (object: KubeObject): string => `${object.kind} ${nameOf(object)}`
  const there = new Map(found.objects.map((object) => [keyOf(object), object]))
  for (const change of changes) {
    checkChange(change, there, input)
    const answer = await loop.apply(change)
    if (answer !== undefined) there.set(keyOf(answer), answer)
    else if (!isKustomization(change.object)) there.delete(keyOf(change.object))
  }
  return changes
}

export const newLoop = (): DriverLoop => {
  const store = memoryStore()
  return new DriverLoop(fluxDriver(), assemblage, { store })
}

type SyncInput = AssemblageInput['spec']['syncs'][number]

export const sync = (name: string, commit: number, more: Partial<SyncInput> = {}): SyncInput => ({
  name,
  source: { git: { url: 'https://example.com/one.git', commit: commitOf(commit) } },
  prune: true,
  ...more,
})
export const specify = (...syncs: readonly SyncInput[]): readonly AssembledSync[] =>
  new Assemblage({ metadata: { name: 'edge', namespace: 'fleet' }, spec: { syncs } }).spec.syncs

/** What is written, in order: `create GitRepository 1`, by the commit, or `update Kustomization a`. */
export function briefly(changes: readonly DriverChange[]): readonly string[] {
  return changes.map(({ action, object, sync: of }) => {
    const { ref } = object.spec as { ref?: { commit: string } }
    return `${action} ${object.kind} ${of ?? ref?.commit[0]}`
  })
}

/** Specifies, writes, and has Flux act until nothing changes. */
export async function settle(loop: DriverLoop, ...syncs: readonly SyncInput[]): Promise<readonly string[]> {
  loop.syncs = specify(...syncs)
  const all: string[] = []
  for (let turn = 0; turn < 8; turn++) {
    const { found } = await loop.observe()
    loop.judge(found)
    all.push(...briefly(await write(loop, found)))
    await act(loop.options.store, (await loop.observe()).found.objects, names)
  }
  return all
}
