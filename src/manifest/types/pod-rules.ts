import type { Problem } from '../../model/errors/problem.ts'
import { fieldOf } from '../../model/json/value.ts'
import type { Json, KubeObject } from '../../model/object.ts'
import { groupKindOf } from '../../model/reference.ts'
import { items, repeated, required } from './field-problems.ts'

/** Where the Pods of a kind are described. */
const places: Readonly<Record<string, readonly string[]>> = {
  '/Pod': ['spec'],
  '/ReplicationController': ['spec', 'template', 'spec'],
  'apps/DaemonSet': ['spec', 'template', 'spec'],
  'apps/Deployment': ['spec', 'template', 'spec'],
  'apps/ReplicaSet': ['spec', 'template', 'spec'],
  'apps/StatefulSet': ['spec', 'template', 'spec'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  'batch/Job': ['spec', 'template', 'spec'],
}

/** What is wrong with the containers of a Pod, or of a template of Pods (k8s.io/kubernetes, `ValidatePodSpec`). */
export function podProblems(object: KubeObject): readonly Problem[] {
  const kind = groupKindOf(object)
  const place = Object.hasOwn(places, kind) ? places[kind] : undefined
  if (place === undefined) return []
  const spec = place.reduce<Json | undefined>(fieldOf, object as unknown as Json)
  const at = place.join('.')
  return [
    ...hostPortProblems(items(fieldOf(spec, 'containers')), `${at}.containers`),
    ...['containers', 'initContainers'].flatMap((field) =>
      items(fieldOf(spec, field)).flatMap((container, index) => {
        const path = `${at}.${field}[${index}]`
        const ports = items(fieldOf(container, 'ports'))
        return [
          // In a template it may come later.
          ...(kind === '/Pod' && !fieldOf(container, 'image') ? [required(`${path}.image`)] : []),
          ...repeated(ports.map((port, number) => [`${path}.ports[${number}].name`, fieldOf(port, 'name')])),
        ]
      }),
    ),
  ]
}

/** Two containers of a Pod cannot have one port of its host. */
function hostPortProblems(containers: readonly Json[], path: string): readonly Problem[] {
  return repeated(
    containers.flatMap((container, index) =>
      items(fieldOf(container, 'ports')).map((port, number) => {
        const hostPort = fieldOf(port, 'hostPort') ?? 0
        const place = [fieldOf(port, 'protocol') ?? 'TCP', fieldOf(port, 'hostIP') ?? '', hostPort].join('/')
        return [`${path}[${index}].ports[${number}].hostPort`, hostPort === 0 ? undefined : place] as const
      }),
    ),
  )
}
