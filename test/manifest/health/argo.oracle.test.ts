import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'
import { argo, assessHealth } from 'fleetkit/health'
import { expect, test } from 'vitest'
import { describeWithOracle, run } from '../../oracles/index.ts'
import { runs, seed } from '../../random-tests.ts'

/** What Argo CD's words are here. */
const words: Readonly<Record<string, string>> = {
  Healthy: 'Current',
  Progressing: 'InProgress',
  Degraded: 'Failed',
  Suspended: 'Suspended',
  Missing: 'NotFound',
  Unknown: 'Unknown',
}

interface Input {
  readonly name: string
  readonly object: KubeObject
  readonly status: string
}

describeWithOracle('Argo CD gives the same verdict', 'health', (ask, path) => {
  const inputs = run(path, ['inputs']).then((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Input),
  )
  const judge = (object: KubeObject) => assessHealth(object, { now: 0, profile: argo })

  test('on every input of its own tests', async () => {
    const all = await inputs
    expect(all.length).toBeGreaterThan(1100)
    // Its scripts are tested alone; what asks them looks at the deletion first.
    const beingDeleted = ({ object }: Input) => judge(object).rule === 'argo/deletion'
    const wrong = all.filter((input) => !beingDeleted(input) && judge(input.object).status !== words[input.status])
    expect(wrong.map(({ name, object, status }) => ({ name, theirs: status, ours: judge(object).rule }))).toEqual([])
    expect(all.filter(beingDeleted).length).toBeLessThan(30)
  })

  test('on variations of them', async () => {
    const objects = fc.sample(variation(await inputs), { seed, numRuns: runs(6000) })
    const answers = (await ask(objects.map((object) => ({ profile: 'argo', object })))) as readonly { status: string; error?: string }[]
    const wrong = objects.flatMap((object, index) => {
      const { status, error } = answers[index] as { status: string; error?: string }
      const ours = judge(object)
      // A script that fails on what it did not expect is no verdict.
      return error !== undefined || words[status] === ours.status
        ? []
        : [`${object.kind}: ${status}, ours ${ours.status} by ${ours.rule}: ${JSON.stringify(object)}`]
    })
    // Scripts go through lists in their order and stop; of rules the first that holds decides. That tells seldom.
    expect(wrong.length / objects.length, wrong.join('\n')).toBeLessThan(0.001)
  })
})

/** An input in which a few fields have changed: gone, or with a value that another input of the kind has there. */
function variation(inputs: readonly Input[]): fc.Arbitrary<KubeObject> {
  const byKind = Map.groupBy(inputs, ({ object }) => `${object.apiVersion.split('/')[0]}/${object.kind}`)
  const change = fc.tuple(fc.nat(), fc.nat(), fc.boolean())
  return fc.tuple(fc.constantFrom(...inputs), fc.array(change, { minLength: 1, maxLength: 3 })).map(([input, changes]) => {
    const { deletionTimestamp: _, ...metadata } = input.object.metadata ?? {}
    const object = structuredClone({ ...input.object, metadata }) as KubeObject
    const kin = byKind.get(`${object.apiVersion.split('/')[0]}/${object.kind}`) as readonly Input[]
    for (const [place, choice, gone] of changes) {
      const places = placesIn({ status: object.status, spec: object.spec, metadata: { generation: object.metadata.generation } })
      if (places.length === 0) break
      const [parent, key] = places[place % places.length] as Place
      const values = kin.flatMap(({ object: other }) => valuesOf(other, key))
      if (gone || values.length === 0) delete parent[key]
      else parent[key] = structuredClone(values[choice % values.length])
    }
    return object
  })
}

type Place = readonly [Record<string, unknown>, string]

/** Fields of objects; conditions keep their types, so that there are no two of one type. */
function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  const own =
    Array.isArray(value) || Object.hasOwn(value, 'generation')
      ? []
      : entries.filter(([key]) => !['type', 'status', 'spec', 'metadata'].includes(key) || isCondition(value, key))
  return [...own.map(([key]) => [value as Record<string, unknown>, key] as const), ...entries.flatMap(([, inner]) => placesIn(inner))]
}

function isCondition(value: object, key: string): boolean {
  return key === 'status' && Object.hasOwn(value, 'type')
}

/** The scalars that an object holds under a name, wherever. */
function valuesOf(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name && (typeof inner !== 'object' || inner === null) ? [inner] : []),
    ...valuesOf(inner, name),
  ])
}
