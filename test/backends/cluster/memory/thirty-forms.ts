import type { KubeObject } from 'fleetkit'

const text = { type: 'string' }
const texts = { type: 'object', additionalProperties: text }
const struct = { type: 'object', properties: { a: text, b: { type: 'string', default: 'x' }, n: { type: 'integer' } } }
const listMap = (keys: readonly string[], item: object): object => ({
  type: 'array',
  items: item,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
})

/** A field for each form that a custom type can give one, with a value of it. */
const forms: Readonly<Record<string, readonly [schema: object, value: unknown]>> = {
  text: [text, 'x'],
  textWithDefault: [{ ...text, default: 'd' }, 'x'],
  nullableText: [{ ...text, nullable: true }, 'x'],
  nullableWithDefault: [{ ...text, nullable: true, default: 'd' }, 'x'],
  choice: [{ ...text, enum: ['a', 'b'] }, 'a'],
  pattern: [{ ...text, pattern: '^[a-z]*$' }, 'x'],
  short: [{ ...text, minLength: 1, maxLength: 3 }, 'x'],
  integer: [{ type: 'integer', minimum: 0, maximum: 10 }, 1],
  integerWithDefault: [{ type: 'integer', default: 0 }, 1],
  number: [{ type: 'number' }, 1.5],
  flag: [{ type: 'boolean' }, true],
  flagWithDefault: [{ type: 'boolean', default: false }, true],
  intOrString: [{ 'x-kubernetes-int-or-string': true }, '50%'],
  map: [texts, { a: 'x', b: 'x' }],
  mapWithDefault: [{ ...texts, default: { d: 'x' } }, { a: 'x' }],
  nullableMap: [{ ...texts, nullable: true }, { a: 'x' }],
  nullableMapWithDefault: [{ ...texts, nullable: true, default: { d: 'x' } }, { a: 'x' }],
  mapOfNullable: [{ type: 'object', additionalProperties: { ...text, nullable: true } }, { a: 'x' }],
  mapOfMaps: [{ type: 'object', additionalProperties: texts }, { a: { b: 'x' } }],
  mapOfStructures: [{ type: 'object', additionalProperties: struct }, { a: { a: 'x' } }],
  atomicMap: [{ ...texts, 'x-kubernetes-map-type': 'atomic' }, { a: 'x' }],
  structure: [struct, { a: 'x', n: 1 }],
  structureWithDefault: [{ ...struct, default: {} }, { a: 'x' }],
  atomicStructure: [{ ...struct, 'x-kubernetes-map-type': 'atomic' }, { a: 'x' }],
  deep: [{ type: 'object', default: {}, properties: { inner: { ...struct, default: {} } } }, { inner: { a: 'x' } }],
  demanding: [
    { type: 'object', required: ['a'], properties: { a: text, b: text } },
    { a: 'x', b: 'x' },
  ],
  list: [{ type: 'array', items: text }, ['a', 'b']],
  listWithDefault: [{ type: 'array', items: text, default: ['d'] }, ['a']],
  listOfStructures: [{ type: 'array', items: struct }, [{ a: 'x' }]],
  listOfLists: [{ type: 'array', items: { type: 'array', items: text } }, [['a'], ['b']]],
  listOfNullable: [{ type: 'array', items: { ...text, nullable: true } }, ['a', null]],
  set: [{ type: 'array', items: text, 'x-kubernetes-list-type': 'set' }, ['a', 'b']],
  setOfIntegers: [{ type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' }, [1, 2]],
  keyed: [
    listMap(['name'], { type: 'object', required: ['name'], properties: { name: text, map: texts, b: { ...text, default: 'x' } } }),
    [{ name: 'a', map: { a: 'x' } }, { name: 'b' }],
  ],
  keyedWithDefault: [
    listMap(['port', 'protocol'], {
      type: 'object',
      required: ['port'],
      properties: { port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, weight: { type: 'integer' } },
    }),
    [{ port: 1 }, { port: 1, protocol: 'UDP', weight: 1 }],
  ],
  free: [
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    { a: { b: 'x' }, l: ['a'] },
  ],
  freeWithFields: [
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: texts } },
    { a: { b: 'x' }, c: 'x' },
  ],
  anything: [{ 'x-kubernetes-preserve-unknown-fields': true }, { a: ['x'] }],
  resource: [
    { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels: { a: 'x' } }, data: { a: 'x' } },
  ],
  time: [{ ...text, format: 'date-time' }, '2026-01-01T00:00:00Z'],
}

const spec = Object.fromEntries(Object.entries(forms).map(([name, [schema]]) => [name, schema]))

/** The definition of a type with all those fields, with and without a status subresource. */
export function formsDefinition(group: string): KubeObject {
  const openAPIV3Schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: spec }, status: { type: 'object', properties: { phase: text, ...spec } } },
  }
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, subresources: { status: {} } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `forms.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'forms', singular: 'form', kind: 'Form', listKind: 'FormList' },
      versions: [version],
    },
  }
}

/** The values of some of the fields, by the numbers of the fields. */
export function formsExample(
  group: string,
  numbers: readonly number[],
): { readonly apiVersion: string; readonly kind: string; readonly spec: object } {
  const names = Object.keys(forms)
  const chosen = [...new Set(numbers.map((number) => names[number % names.length] as string))]
  return { apiVersion: `${group}/v1`, kind: 'Form', spec: Object.fromEntries(chosen.map((name) => [name, forms[name]?.[1]])) }
}
