/** Of which type a field has to be. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean'

/** A field of some object. */
export interface FieldReference {
  readonly pointer: string
  readonly type?: FieldType | undefined
}

/** A field of an object that is named. */
export interface ObjectFieldReference extends FieldReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string | undefined
  readonly evaluate?: 'Upstream' | 'Downstream' | undefined
}

/** A parameter, as written or with its defaults filled in. */
export interface Parameter {
  readonly name: string
  readonly value?: string | undefined
  readonly valueFrom?:
    | {
        readonly clusterFieldRef?: FieldReference | undefined
        readonly objectFieldRef?: ObjectFieldReference | undefined
        readonly default?: string | undefined
        readonly optional?: boolean | undefined
      }
    | undefined
}

/** Whether the cluster resolves it, and not the management. */
export function isDownstream({ valueFrom }: Parameter): boolean {
  return valueFrom?.objectFieldRef?.evaluate === 'Downstream'
}

/** The texts of a parameter in which `$(name)` stands for the value of another one, by the path of the field. */
export function templatesOf({ value, valueFrom }: Parameter): Readonly<Record<string, string>> {
  const { name, namespace } = valueFrom?.objectFieldRef ?? {}
  return {
    ...(value === undefined ? {} : { value }),
    ...(name === undefined ? {} : { 'valueFrom.objectFieldRef.name': name }),
    ...(namespace === undefined ? {} : { 'valueFrom.objectFieldRef.namespace': namespace }),
  }
}
