import { describeValue, type Problem } from '../errors/problem.ts'
import { isDnsLabel, isDnsSubdomain, labelNameAccepted, maxNameLength, subdomainAccepted, validateLabels } from '../names.ts'
import type { ObjectMeta } from '../object.ts'
import type { KindDefinition } from './kind.ts'

/**
 * The metadata of an object that lies in a namespace.
 *
 * @category Objects
 */
export interface NamespacedMeta extends ObjectMeta {
  readonly namespace: string
}

/** Every problem of the metadata of an object of a kind. */
export function metadataProblems({ scope, nameForm, kind }: KindDefinition, metadata: ObjectMeta): readonly Problem[] {
  if (typeof metadata !== 'object' || metadata === null)
    return [{ path: 'metadata', found: describeValue(metadata), accepted: 'an object with name' }]
  const { name, namespace, labels = {} } = metadata
  const problems: Problem[] = []
  const refuse = (path: string, value: unknown, accepted: string): void => {
    problems.push({ path, found: describeValue(value), accepted })
  }
  if (nameForm === 'label') {
    if (typeof name !== 'string' || !isDnsLabel(name)) refuse('metadata.name', name, labelNameAccepted)
    if (typeof name === 'string' && name.length > maxNameLength)
      problems.push({ path: 'metadata.name', found: `${name.length} characters`, accepted: `at most ${maxNameLength}` })
  } else if (typeof name !== 'string' || !isDnsSubdomain(name)) refuse('metadata.name', name, subdomainAccepted)
  if (namespace !== undefined) {
    if (scope === 'Cluster') refuse('metadata.namespace', namespace, `none: a ${kind} is in no namespace`)
    else if (typeof namespace !== 'string' || !isDnsLabel(namespace)) refuse('metadata.namespace', namespace, labelNameAccepted)
  }
  return [...problems, ...validateLabels(labels, 'metadata.labels')]
}

/** The namespace of an object that is given without one, as far as its kind has namespaces. */
export function namespaceOf({ scope }: KindDefinition, { namespace = 'default' }: ObjectMeta): { readonly namespace?: string } {
  return scope === 'Cluster' ? {} : { namespace }
}
