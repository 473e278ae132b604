import { type KubeObject, type ObjectMeta, Resource, type ResourceInput } from 'fleetkit'
import type { KindDefinition } from 'fleetkit/kinds'

/** A kind with all that the kinds of the library do not have yet: no namespace, names with dots, numbers, unknown fields. */
export const probeKind: KindDefinition = {
  apiVersion: 'probes.example.com/v1',
  kind: 'Probe',
  scope: 'Cluster',
  nameForm: 'subdomain',
  plural: 'probes',
  singular: 'probe',
  shortNames: ['pr'],
  description: 'Measures something.',
  columns: [],
  spec: {
    type: 'object',
    typeName: 'ProbeSpec',
    description: 'What is measured.',
    required: ['ratio'],
    properties: {
      ratio: { type: 'number', description: 'A share.', minimum: 0, maximum: 1 },
      offset: { type: 'number', description: 'Any number.', default: 0.5 },
      settings: {
        type: 'object',
        typeName: 'ProbeParameters',
        description: 'What the program understands.',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { level: { type: 'integer', description: 'How much.', minimum: 1, default: 3 } },
      },
      raw: { type: 'object', description: 'Anything.', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
  status: { type: 'object', typeName: 'ProbeStatus', description: 'What was measured.', properties: { value: { type: 'number' } } },
}

interface ProbeSpec {
  readonly ratio: number
  readonly offset: number
  readonly settings?: { readonly level: number; readonly [field: string]: unknown } | undefined
  readonly raw?: { readonly [field: string]: unknown } | undefined
}

/** The value of a {@link probeKind}. */
export class Probe extends Resource<'Probe', ProbeSpec, object, { spec: { ratio: number } }, ObjectMeta> {
  constructor(input: ResourceInput<Partial<ProbeSpec>, object>) {
    super(probeKind, input, () => [])
  }

  static from(object: KubeObject): Probe {
    return new Probe(object as unknown as ResourceInput<Partial<ProbeSpec>, object>)
  }
}

/** Specs of a Probe that are right. */
export const rightProbes: readonly (readonly [name: string, spec: object])[] = [
  ['a fraction', { ratio: 0.25 }],
  ['a whole number', { ratio: 1 }],
  ['the least', { ratio: 0 }],
  ['an exponent', { ratio: 1e-7, offset: -1.5e300 }],
  ['unknown fields of every type', { ratio: 0, settings: { level: 1, text: 'x', list: [1, null, { a: [] }], deep: { a: { b: null } } } }],
  ['unknown fields alone', { ratio: 0, settings: { 'example.com/key': true } }],
  ['anything', { ratio: 0, raw: { a: 1.5, b: { c: [{ d: null }] } } }],
  ['nothing', { ratio: 0, raw: {}, settings: {} }],
]

/** Specs of a Probe that are wrong, with the path of what is. */
export const wrongProbes: readonly (readonly [name: string, spec: object, path: string])[] = [
  ['a number that is too large', { ratio: 1.0000001 }, 'spec.ratio'],
  ['a number that is too small', { ratio: -0.1 }, 'spec.ratio'],
  ['text for a number', { ratio: '0.5' }, 'spec.ratio'],
  ['true for a number', { ratio: 0, offset: true }, 'spec.offset'],
  ['a known field that is wrong among unknown ones', { ratio: 0, settings: { level: 0, other: 1 } }, 'spec.settings.level'],
  ['a fraction for a whole number', { ratio: 0, settings: { level: 1.5 } }, 'spec.settings.level'],
  ['a list for anything', { ratio: 0, raw: [] }, 'spec.raw'],
  ['text for anything', { ratio: 0, raw: 'x' }, 'spec.raw'],
  ['an unknown field where none is kept', { ratio: 0, other: 1 }, 'spec.other'],
]

/** Names, and whether a Probe can have them. */
export const probeNames: readonly (readonly [name: string, fits: boolean])[] = [
  ['edge-7', true],
  ['edge-7.example.com', true],
  ['7', true],
  [`${'a'.repeat(63)}.${'b'.repeat(63)}`, true],
  ['a'.repeat(253), true],
  ['a'.repeat(254), false],
  ['a..b', false],
  ['a.', false],
  ['Edge', false],
  ['a_b', false],
]
