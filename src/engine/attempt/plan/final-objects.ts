import type { KubeObject } from '../../../model/object.ts'
import { typeKey } from '../../../model/reference.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import { prepareObjects } from '../../../plan/apply/prepare-objects.ts'
import type { AttemptContext, AttemptInput } from '../context.ts'
import { readTypes } from './read-types.ts'

/** The final form of what was rendered, as long as that is kept: by what else it follows from. */
const prepared = new WeakMap<readonly RenderedObject[], { readonly key: string; readonly desired: readonly RenderedObject[] }>()

/** What is to be applied, and what is known of its types. */
interface FinalObjects {
  readonly desired: readonly RenderedObject[]
  readonly typeOf: Awaited<ReturnType<typeof readTypes>>
}

/** The objects of a source in the form in which they are applied. The same list, while neither the source nor the types of its objects are others. */
export async function finalObjects(
  { owner, spec }: AttemptInput,
  rendered: readonly RenderedObject[],
  { cluster, signal }: Pick<AttemptContext, 'cluster' | 'signal'>,
): Promise<FinalObjects> {
  const { targetNamespace } = spec
  const objects = rendered.map(({ object }) => object)
  const typeOf = await readTypes(cluster, objects, signal)
  const types = new Map(objects.map((object) => [typeKey(object), typeOf(object)]))
  const key = JSON.stringify([owner, targetNamespace, [...types]])
  const known = prepared.get(rendered)
  if (known?.key === key) return { desired: known.desired, typeOf }
  const namespaced = (object: KubeObject): boolean | undefined => typeOf(object)?.namespaced
  const desired = prepareObjects(rendered, { sync: owner, targetNamespace, namespaced })
  prepared.set(rendered, { key, desired })
  return { desired, typeOf }
}
