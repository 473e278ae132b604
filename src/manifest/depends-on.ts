/** Annotation on an object: what must be applied and healthy before it, in the form of cli-utils (kpt, Config Sync). */
export const dependsOnAnnotation = 'config.kubernetes.io/depends-on'

/** What an entry of {@link dependsOnAnnotation} names. */
export interface DependencyName {
  /** `''` is the core group. */
  readonly group: string
  readonly kind: string
  /** Absent for a cluster-scoped object, and for one in the namespace of the dependent. */
  readonly namespace?: string | undefined
  readonly name: string
}

/** The entries of an annotation, and those that name no object. */
export interface Dependencies {
  readonly names: readonly DependencyName[]
  readonly malformed: readonly string[]
}

/** Reads `<group>/<kind>/<name>` and `<group>/namespaces/<namespace>/<kind>/<name>`, separated by commas. */
export function parseDependsOn(text: string): Dependencies {
  const names: DependencyName[] = []
  const malformed: string[] = []
  for (const entry of text.split(',').map((each) => each.trim())) {
    const fields = entry.split('/')
    const [group = '', second = '', third = '', fourth = '', fifth = ''] = fields
    if (fields.length === 3 && second !== '' && third !== '') names.push({ group, kind: second, name: third })
    else if (fields.length === 5 && second === 'namespaces' && ![third, fourth, fifth].includes(''))
      names.push({ group, namespace: third, kind: fourth, name: fifth })
    else malformed.push(entry)
  }
  return { names, malformed }
}

/** What {@link parseDependsOn} reads. */
export function formatDependsOn(names: readonly DependencyName[]): string {
  return names
    .map(({ group, namespace, kind, name }) => [group, ...(namespace === undefined ? [] : ['namespaces', namespace]), kind, name].join('/'))
    .join(', ')
}
