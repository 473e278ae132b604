import { createHash } from 'node:crypto'
import { inTurns } from '../../../async/in-turns.ts'
import { isSecret } from '../../../manifest/fields/comparable.ts'
import type { Redactor } from '../../../manifest/substitute/redactor.ts'
import { compareText } from '../../../model/compare-text.ts'
import { canonicalJson } from '../../../model/json/canonical-json.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refKey, refOf } from '../../../model/reference.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'

/** Digests of sets that are kept by the render cache, so that an unchanged Sync is not digested at each interval. */
const known = new WeakMap<readonly RenderedObject[], string>()

/**
 * The digest of the objects that a source declares, in whatever order, as `sha256:…`. Of a Secret only the keys count, and no value that came
 * from one: values cannot be found by trying.
 */
export async function objectsDigest(rendered: readonly RenderedObject[], redactor: Redactor): Promise<string> {
  const found = known.get(rendered)
  if (found !== undefined) return found
  const digest = await inTurns(digestSteps(rendered, redactor))
  known.set(rendered, digest)
  return digest
}

function* digestSteps(rendered: readonly RenderedObject[], redactor: Redactor): Generator<number, string> {
  const hash = createHash('sha256')
  const objects = rendered.map(({ object }) => [refKey(refOf(object)), object] as const).sort(([a], [b]) => compareText(a, b))
  for (const [, object] of objects) {
    const text = redactor.text(canonicalJson(isSecret(object) ? withoutValues(object) : object))
    hash.update(text).update('\n')
    yield text.length
  }
  return `sha256:${hash.digest('hex')}`
}

function withoutValues({ metadata, ...secret }: KubeObject): object {
  const { annotations: _, ...kept } = metadata
  const keys = Object.entries(secret).map(([name, value]) => [name, isValues(value) ? Object.keys(value).sort() : value])
  return { metadata: kept, ...Object.fromEntries(keys) }
}

function isValues(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
