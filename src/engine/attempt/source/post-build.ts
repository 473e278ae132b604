import { Buffer } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import { Redactor } from '../../../manifest/substitute/redactor.ts'
import { substituteVariables } from '../../../manifest/substitute/substitute.ts'
import { mergeVariables, type VariableSource, type Variables } from '../../../manifest/substitute/variables.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import type { PostBuild, SubstituteReference } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, type ObjectRef, refOf } from '../../../model/reference.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import type { AttemptContext } from '../context.ts'

/** Objects between which other work gets its turn. */
const batchSize = 50

/** The objects of a source with its variables replaced. */
export interface PostBuildResult {
  readonly objects: readonly RenderedObject[]
  /** Hides what came from Secrets. */
  readonly redactor: Redactor
}

/**
 * Replaces the variables of `spec.postBuild` in objects.
 *
 * @throws FleetkitError `source/substitution`, `source/object-invalid`
 */
export async function replaceVariables(
  rendered: readonly RenderedObject[],
  variables: Variables,
  { strict, substituteStrategy: strategy }: PostBuild,
  signal: AbortSignal,
): Promise<PostBuildResult> {
  const objects: RenderedObject[] = []
  const secrets = new Set<string>()
  for (let begin = 0; begin < rendered.length; begin += batchSize) {
    const result = substituteVariables(rendered.slice(begin, begin + batchSize), variables, { strict, strategy })
    for (const object of result.objects) objects.push(object)
    for (const secret of result.secrets) secrets.add(secret)
    await setImmediate(undefined, { signal })
  }
  return { objects, redactor: new Redactor(secrets) }
}

/**
 * The variables of `spec.postBuild`, those that are written in it last. ConfigMaps and Secrets are read from the namespace of the owner.
 *
 * @throws FleetkitError `source/substitution`, also for a ConfigMap or Secret that does not exist
 */
export async function readVariables(
  spec: PostBuild,
  owner: ObjectRef,
  { home, signal }: Pick<AttemptContext, 'home' | 'signal'>,
): Promise<Variables> {
  const references = spec.substituteFrom ?? []
  const read = await Promise.all(references.map((reference) => readSource(reference, owner, home, signal)))
  const inline: VariableSource = { origin: 'spec.postBuild.substitute', values: spec.substitute ?? {} }
  const { problems, ...variables } = mergeVariables([...read.filter((source) => source !== undefined), inline])
  if (problems.length > 0) throw invalid(owner, problems, 'source/substitution')
  return variables
}

async function readSource(
  { kind, name, optional }: SubstituteReference,
  owner: ObjectRef,
  home: AttemptContext['home'],
  signal: AbortSignal,
): Promise<VariableSource | undefined> {
  const ref = { apiVersion: 'v1', kind, namespace: owner.namespace, name }
  const object = await home.get(ref, { signal })
  if (object !== undefined) return { origin: formatRef(ref), values: valuesOf(object), secret: kind === 'Secret' }
  if (optional) return undefined
  throw new FleetkitError('source/substitution', `${formatRef(ref)} of spec.postBuild.substituteFrom does not exist`, { ref: owner })
}

function valuesOf(object: KubeObject): Readonly<Record<string, string>> {
  const data = (object.data ?? {}) as Readonly<Record<string, string>>
  if (object.kind === 'ConfigMap') return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decode(value, key, object)]))
}

function decode(value: string, key: string, secret: KubeObject): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'base64'))
  } catch {
    throw new FleetkitError('source/substitution', `data[${key}]: found bytes that are not UTF-8, accepted a text`, { ref: refOf(secret) })
  }
}
