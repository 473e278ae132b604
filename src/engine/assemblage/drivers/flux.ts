import { mapAtMost } from '../../../async/map-at-most.ts'
import { hasCode } from '../../../model/errors/error.ts'
import type { Observation } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import { fluxProblems } from '../../../plan/assemblage/flux/check.ts'
import { diffFlux } from '../../../plan/assemblage/flux/diff.ts'
import { goesWith, objectsToGo } from '../../../plan/assemblage/flux/inventory.ts'
import { judgeFlux } from '../../../plan/assemblage/flux/judge.ts'
import { gitRepositoryType, kustomizationType } from '../../../plan/assemblage/flux/objects.ts'
import { isFinished } from '../../../plan/assemblage/flux/removal.ts'
import { isMarked, syncOf } from '../../../plan/assemblage/marked-object.ts'
import type { Driver, DriverOptions } from '../../../ports/driver.ts'
import { listObjects, writeObject } from './store-objects.ts'

const types = [gitRepositoryType, kustomizationType] as const

/** How many objects of an inventory are read at a time. */
const readsAtOnce = 16

/**
 * The driver `flux`: each sync is a Flux `Kustomization`, and each commit of a repository a `GitRepository`, which its syncs share. Flux's source-controller and
 * kustomize-controller apply them. docs/assemblage-flux.md has the rules.
 *
 * @category Assemblage
 */
export function fluxDriver(): Driver {
  return {
    name: 'flux',
    types,
    check: fluxProblems,
    async observe(assemblage, options, known) {
      const objects = known ?? (await listObjects(assemblage, types, options))
      const finished = objects.filter((object) => isMarked(object, assemblage) && isFinished(object))
      const left = await Promise.all(finished.map((object) => leftOf(object, options)))
      return { objects, left: left.flat() }
    },
    diff: diffFlux,
    apply: writeObject,
    judge: judgeFlux,
  }
}

/** The objects that had to go with a Kustomization and are there still. */
async function leftOf(kustomization: KubeObject, options: DriverOptions): Promise<Observation['left']> {
  const refs = objectsToGo(kustomization)
  const live = await mapAtMost(refs, readsAtOnce, (ref) => readObject(ref, options))
  return refs.flatMap((ref, index) => {
    const object = live[index]
    return object !== undefined && goesWith(object, kustomization) ? [{ sync: syncOf(kustomization) as string, ref }] : []
  })
}

/** An object of the cluster; nothing when it may not be read, or is of a type that is gone: a deletion must not wait for what can never be seen. */
async function readObject(ref: ObjectRef, { cluster, store, signal, lease }: DriverOptions): Promise<KubeObject | undefined> {
  try {
    return await (cluster ?? store).get(ref, { signal, lease })
  } catch (error) {
    if (hasCode(error, 'cluster/forbidden', 'cluster/unknown-kind')) return undefined
    throw error
  }
}
