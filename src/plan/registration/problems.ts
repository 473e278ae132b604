import type { Problem } from '../../model/errors/problem.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { clusterRegistrationKind } from '../../model/kinds/cluster-registration/kind.ts'
import { registrationNameOf } from '../../model/kinds/cluster-registration/name.ts'
import type { ClusterRegistrationSpec, RegistrationDecision } from '../../model/kinds/cluster-registration/types.generated.ts'
import { isDnsLabel, labelNameAccepted, maxNameLength, validateLabels } from '../../model/names.ts'
import type { KubeObject } from '../../model/object.ts'
import { validate } from '../../model/schema/validate.ts'

/** What may not be sent with a registration: it would select Modules, or hold objects. */
const refusedMetadata = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const

/** What is wrong with a registration as it was sent. */
export function registrationProblems({ metadata, spec }: KubeObject, namespace: string): readonly Problem[] {
  const problems: Problem[] = []
  if (metadata.namespace !== namespace)
    problems.push({ path: 'metadata.namespace', found: describeValue(metadata.namespace), accepted: namespace })
  for (const field of refusedMetadata) {
    const value: object = metadata[field] ?? {}
    const found = Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : item.kind)) : Object.keys(value)
    if (found.length > 0)
      problems.push({ path: `metadata.${field}`, found: found.join(', '), accepted: 'none: they are decided with the approval' })
  }
  const ofSpec = validate(clusterRegistrationKind.spec, spec, 'spec')
  if (ofSpec.length > 0) return [...problems, ...ofSpec]
  const accepted = registrationNameOf((spec as ClusterRegistrationSpec).publicKey)
  if (metadata.name !== accepted)
    problems.push({ path: 'metadata.name', found: metadata.name, accepted: `${accepted}, which follows from its key` })
  return problems
}

/** What an approval says. */
export type ApprovedCluster = Pick<RegistrationDecision, 'name' | 'namespace' | 'labels'>

/** What is wrong with an approval. The namespace of the registrations, and those of the cluster itself, are no place for what a registrant may read. */
export function approvalProblems({ name, namespace, labels = {} }: ApprovedCluster, registrations: string): readonly Problem[] {
  const problems: Problem[] = []
  const isName = (text: unknown, most: number): boolean => typeof text === 'string' && isDnsLabel(text) && text.length <= most
  if (!isName(name, maxNameLength))
    problems.push({ path: 'name', found: describeValue(name), accepted: `${labelNameAccepted}, ${maxNameLength} in all` })
  const taken = namespace ?? name
  if (namespace !== undefined && !isName(namespace, 63))
    problems.push({ path: 'namespace', found: describeValue(namespace), accepted: labelNameAccepted })
  else if (taken === registrations || taken === 'default' || taken?.startsWith('kube-'))
    problems.push({
      path: 'namespace',
      found: taken,
      accepted: `a namespace for this cluster alone, not default, kube-… or ${registrations}`,
    })
  return [...problems, ...validateLabels(labels, 'labels')]
}
