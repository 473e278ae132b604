import fc from 'fast-check'
import { exactInteger, type FleetkitError, type Json } from 'fleetkit'
import { definitionOf, jsonSchemaOf, type KindDefinition, type Schema, validate, withDefaults } from 'fleetkit/kinds'
import { memoryCluster } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { kindTypes } from '../../scripts/kind-types.ts'
import { canonicalJson } from '../internals.ts'
import { runs } from '../random-tests.ts'
import { Probe, probeKind, probeNames, rightProbes, wrongProbes } from './probe.ts'

function problemsOf(spec: object, metadata: { name: string; namespace?: string } = { name: 'a' }): readonly string[] {
  try {
    Probe.from({ apiVersion: probeKind.apiVersion, kind: 'Probe', metadata, spec })
    return []
  } catch (error) {
    return (error as FleetkitError).problems.map(({ path, found, accepted }) => `${path}: found ${found}, accepted ${accepted}`)
  }
}

describe('a kind without namespaces', () => {
  const probe = new Probe({ metadata: { name: 'edge-7.example.com' }, spec: { ratio: 0.5 } })

  test('has objects and references without a namespace', () => {
    expect(probe.metadata).toEqual({ name: 'edge-7.example.com' })
    expect(probe.ref).toEqual({ apiVersion: probeKind.apiVersion, kind: 'Probe', name: 'edge-7.example.com' })
    expect(
      probe.with((draft) => {
        draft.spec.ratio = 1
      }).ref,
    ).toEqual(probe.ref)
  })
  test('refuses one', () => {
    expect(problemsOf({ ratio: 0 }, { name: 'a', namespace: 'apps' })).toEqual([
      'metadata.namespace: found string "apps", accepted none: a Probe is in no namespace',
    ])
    expect(() =>
      Probe.from({ apiVersion: probeKind.apiVersion, kind: 'Probe', metadata: { name: 'a', namespace: 'b' }, spec: {} }),
    ).toThrow(/^Probe a: /)
  })
  test('says so in its definition and its JSON Schema', () => {
    expect(definitionOf(probeKind).spec).toMatchObject({ scope: 'Cluster' })
    expect(jsonSchemaOf(probeKind).properties).toMatchObject({ metadata: { properties: { name: { type: 'string' } } } })
    expect(JSON.stringify(jsonSchemaOf(probeKind))).not.toContain('"namespace"')
  })
})

test.each(probeNames)('the name %s of a kind with subdomains: %s', (name, fits) => {
  expect(problemsOf({ ratio: 0 }, { name }).length === 0).toBe(fits)
})

describe('numbers and fields that are kept', () => {
  test.each(rightProbes)('%s', (_, spec) => expect(problemsOf(spec)).toEqual([]))
  test.each(wrongProbes)('%s', (_, spec, path) =>
    expect(problemsOf(spec)).toEqual([expect.stringMatching(new RegExp(`^${path.replaceAll('.', '\\.')}: `))]),
  )

  test.each([
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['nothing', undefined],
    ['null', null],
  ])('%s is no number', (_, ratio) => expect(problemsOf({ ratio })).toEqual([expect.stringContaining('accepted a number from 0 to 1')]))

  test('what is no JSON is not kept', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(problemsOf({ ratio: 0, raw: { f: () => 1, d: [new Date(0), 1n], n: Number.NaN, u: undefined, l: [undefined], cycle } })).toEqual(
      [
        'spec.raw.f: found a function, accepted JSON',
        'spec.raw.d[0]: found an object, accepted JSON',
        'spec.raw.d[1]: found bigint 1, accepted JSON: a number, or what exactInteger makes of it',
        'spec.raw.n: found number NaN, accepted JSON',
        'spec.raw.l[0]: found nothing, accepted JSON',
        'spec.raw.cycle.self: found a value that contains itself, accepted JSON',
      ],
    )
    const deep = JSON.parse(`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`) as object
    expect(problemsOf({ ratio: 0, raw: deep })).toEqual([expect.stringContaining('more than 200 levels')])
  })

  test('defaults are filled in beside what is kept, and the value is the input otherwise', () => {
    const settings = { other: { nested: [1, { level: null }] }, ['__proto__']: 'own' }
    const spec = JSON.parse(JSON.stringify({ ratio: 0, settings })) as { ratio: number; settings: Record<string, unknown> }
    Object.defineProperty(spec.settings, '__proto__', { value: 'own', enumerable: true })
    const probe = new Probe({ metadata: { name: 'a' }, spec: spec as never })
    expect(JSON.stringify(probe.spec)).toBe(
      '{"ratio":0,"settings":{"other":{"nested":[1,{"level":null}]},"__proto__":"own","level":3},"offset":0.5}',
    )
  })

  test('integers that no double holds are kept with their digits, and are no objects', () => {
    const long = exactInteger(9_007_199_254_740_993n)
    const probe = new Probe({ metadata: { name: 'a' }, spec: { ratio: 0, offset: long, settings: { long } } as never })
    expect(JSON.stringify(probe.spec)).toBe('{"ratio":0,"offset":9007199254740993,"settings":{"long":9007199254740993,"level":3}}')
    expect(problemsOf({ ratio: 0, raw: long })).toEqual(['spec.raw: found number 9007199254740993, accepted an object'])
  })

  test('become types', () => {
    const [text] = kindTypes([probeKind]).values()
    expect(text).toContain("import type { JsonObject } from '../../object.ts'")
    expect(text).toContain('  /** A share. */\n  readonly ratio: number\n')
    expect(text).toContain('  /** Anything. */\n  readonly raw?: JsonObject | undefined\n')
    expect(text).toContain(`export interface ProbeParameters {
  /** How much. */
  readonly level: number
  /** Any other field. */
  readonly [field: string]: unknown
}
`)
  })

  test('stand in the JSON Schema as they are', () => {
    expect(jsonSchemaOf(probeKind).properties).toMatchObject({
      spec: {
        additionalProperties: false,
        properties: {
          ratio: { type: 'number', minimum: 0, maximum: 1 },
          settings: expect.not.objectContaining({ additionalProperties: false }),
          raw: { type: 'object', description: 'Anything.' },
        },
      },
    })
    expect(JSON.stringify(jsonSchemaOf(probeKind))).not.toContain('x-kubernetes')
  })
})

/** A schema, and a value that it takes. */
interface Sample {
  readonly schema: Schema
  readonly value: unknown
}

const key = fc.constantFrom('alpha', 'beta', 'gamma', 'delta')
const kept = fc.dictionary(
  fc.stringMatching(/^kept-[a-z]{1,3}$/),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json),
  { maxKeys: 3 },
)
// JSON has no -0.
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

function objectOf(
  fields: Record<string, Sample>,
  given: readonly string[],
  fallbacks: readonly string[],
  unknown: object | undefined,
): Sample {
  const names = Object.keys(fields)
  const present = names.filter((name) => given.includes(name))
  const properties = names.map((name): [string, Schema] => {
    const { schema, value } = fields[name] as Sample
    return [name, fallbacks.includes(name) && typeof value !== 'object' ? { ...schema, default: value as Json } : schema]
  })
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(properties),
      required: present.filter((name) => fields[name]?.schema.type !== 'object'),
      ...(unknown === undefined ? {} : { 'x-kubernetes-preserve-unknown-fields': true }),
    },
    value: { ...Object.fromEntries(present.map((name) => [name, fields[name]?.value])), ...unknown },
  }
}

const { sample } = fc.letrec<{ sample: Sample; object: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(finite, finite, finite).map((numbers): Sample => {
      const [minimum, value, maximum] = numbers.toSorted((a, b) => a - b) as [number, number, number]
      return { schema: { type: 'number', minimum, maximum }, value }
    }),
    fc.integer({ min: -9, max: 9 }).map((value): Sample => ({ schema: { type: 'integer', minimum: value - 1, maximum: value }, value })),
    fc.boolean().map((value): Sample => ({ schema: { type: 'boolean' }, value })),
    fc.stringMatching(/^[a-z]{1,5}$/).map((value): Sample => ({ schema: { type: 'string', maxLength: 5, enum: [value, 'other'] }, value })),
    fc.tuple(tie('sample'), fc.nat(3)).map(
      ([{ schema, value }, count]): Sample => ({
        schema: { type: 'array', items: schema, maxItems: 3 },
        value: Array(count).fill(value),
      }),
    ),
    tie('object'),
  ),
  object: fc
    .tuple(fc.dictionary(key, tie('sample'), { maxKeys: 4 }), fc.array(key), fc.array(key), fc.option(kept, { nil: undefined }))
    .map(([fields, given, fallbacks, unknown]) => objectOf(fields, given, fallbacks, unknown)),
}))

describe('every schema', () => {
  test('takes the values that it describes, and keeps what they say', () => {
    fc.assert(
      fc.property(sample, ({ schema, value }) => {
        expect(validate(schema, value, 'spec')).toEqual([])
        const full = withDefaults(schema, value)
        expect(validate(schema, full, 'spec')).toEqual([])
        expect(withDefaults(schema, full)).toEqual(full)
        if (typeof value === 'object' && !Array.isArray(value)) expect(full).toMatchObject(value as object)
      }),
    )
  })

  test('takes what an API server takes by the definition, and fills in the same defaults', async () => {
    const accepted: boolean[] = []
    await fc.assert(
      fc.asyncProperty(sample, sample, fc.boolean(), async (wanted, other, fits) => {
        const spec: Schema = { type: 'object', properties: { value: wanted.schema } }
        const kind: KindDefinition = { ...probeKind, spec }
        const cluster = memoryCluster()
        await cluster.apply([definitionOf(kind)], { fieldManager: 'test' })
        const given = { value: fits ? wanted.value : other.value }
        const object = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: 'a' }, spec: given }
        const [result] = await cluster.apply([object], { fieldManager: 'test' })
        accepted.push(result !== undefined && 'object' in result)
        expect(validate(spec, given, 'spec').length === 0).toBe(accepted.at(-1))
        if (result !== undefined && 'object' in result)
          expect(canonicalJson(result.object.spec)).toBe(canonicalJson(withDefaults(spec, given)))
      }),
      { numRuns: runs(300) },
    )
    expect(new Set(accepted)).toEqual(new Set([true, false]))
  })
})
