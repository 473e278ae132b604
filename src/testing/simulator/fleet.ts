import type { MemoryGit } from '../../backends/git/memory/index.ts'
import { hasCode } from '../../model/errors/error.ts'
import { Cluster } from '../../model/kinds/cluster/cluster.ts'
import { Module } from '../../model/kinds/module/module.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { FleetPolicy } from '../../plan/fleet/planner/input.ts'
import type { Store } from '../../ports/store.ts'
import type { SimulatedCluster } from './scenario.ts'

const apiVersion = 'fleetkit.dev/v1alpha1'

/** The objects of a fleet as people write them, and the versions that there are in git. */
export class Fleet {
  policy: FleetPolicy = {}
  readonly namespace: string
  readonly #store: Store
  readonly #git: MemoryGit
  readonly #tags: Set<string> = new Set()

  constructor(namespace: string, store: Store, git: MemoryGit) {
    this.namespace = namespace
    this.#store = store
    this.#git = git
  }

  refOf(kind: string, name: string): ObjectRef & { readonly namespace: string } {
    return { apiVersion, kind, namespace: this.namespace, name }
  }

  async addCluster({ id, labels }: SimulatedCluster): Promise<void> {
    const metadata = { name: id, namespace: this.namespace, ...(labels !== undefined && { labels }) }
    await this.#store.create(new Cluster({ metadata, spec: { access: { kubeConfig: { secretRef: { name: id } } } } }).toObject())
  }

  /** Makes a Module what it is to be; its version is there afterwards. */
  async put(module: Module): Promise<void> {
    const { url, tag } = module.spec.source.git
    if (tag !== undefined) this.#publish(url, tag)
    const wanted = module.toObject()
    const ref = this.refOf('Module', module.metadata.name)
    await this.change(
      ref,
      (present) => ({ ...present, spec: wanted.spec, metadata: { ...present.metadata, ...annotationsOf(wanted) } }),
      wanted,
    )
  }

  async module(name: string): Promise<Module | undefined> {
    const object = await this.#store.get(this.refOf('Module', name))
    return object && Module.from(object)
  }

  /** Changes an object as it is now: others write it too. Makes it where there is none, if it is given. */
  async change(ref: ObjectRef, change: (present: KubeObject) => KubeObject | undefined, made?: KubeObject): Promise<boolean> {
    for (;;) {
      const present = await this.#store.get(ref)
      const wanted = present === undefined ? made : change(present)
      if (wanted === undefined) return false
      try {
        await (present === undefined ? this.#store.create(wanted) : this.#store.update(wanted))
        return true
      } catch (error) {
        if (!hasCode(error, 'store/conflict', 'store/exists', 'store/not-found')) throw error
      }
    }
  }

  async remove(ref: ObjectRef): Promise<void> {
    if ((await this.#store.get(ref)) !== undefined) await this.#store.delete(ref)
  }

  #publish(url: string, tag: string): void {
    const key = `${url} ${tag}`
    if (this.#tags.has(key)) return
    this.#tags.add(key)
    this.#git.tag(url, tag, this.#git.commit(url, { 'version.yaml': configMap(tag) }))
  }
}

function configMap(tag: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: version\n  namespace: default\ndata:\n  tag: ${JSON.stringify(tag)}\n`
}

function annotationsOf({ metadata: { annotations } }: KubeObject): { readonly annotations?: Readonly<Record<string, string>> } {
  return annotations === undefined ? {} : { annotations }
}
