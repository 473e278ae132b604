import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { ClusterApi } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryCluster } from 'fleetkit/memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runs } from '../../../random-tests.ts'
import { describeWithServers, sharedEtcd, startApiServer } from '../../../servers/index.ts'
import { exampleOf, examples } from './examples.ts'
import { clear, isComparable, isJudgedByKind, outcomeOf, step } from './steps.ts'
import { formsDefinition, formsExample } from './thirty-forms.ts'

// Objects of every built-in kind, and of a type with a field for each form, are written twice and more by several managers with the
// same random changes, in memory and on a real API server. What may differ is in docs/memory-cluster.md, and in masked.ts.

const group = 'forms.fleetkit.dev'
/** The example of a kind by its number; those after the built-in ones are of the custom type. */
const kindCount = examples.length + 15
const history = fc.record({
  kind: fc.nat({ max: kindCount - 1 }),
  forms: fc.uniqueArray(fc.nat({ max: 39 }), { minLength: 1, maxLength: 8 }),
  steps: fc.array(step, { minLength: 2, maxLength: 10, size: 'max' }),
})

/** Admission plugins that write into objects, or hold them. */
const plugins = 'DefaultStorageClass,DefaultTolerationSeconds,Priority,StorageObjectInUseProtection,TaintNodesByCondition'

describeWithServers('the memory cluster and a real one', () => {
  const stack = new AsyncDisposableStack()
  const seen = { operations: 0, unjudged: 0, kinds: new Set<string>() }
  let real: ClusterApi
  const numRuns = runs(120)

  beforeAll(async () => {
    const server = stack.use(await startApiServer({ etcd: await sharedEtcd(), args: ['--disable-admission-plugins', plugins] }))
    real = stack.use(await kubernetesCluster({ kubeconfig: server.kubeconfig }))
    const first = exampleOf({ apiVersion: `${group}/v1`, kind: 'Form' }, 'first', 'default')
    for (const object of [formsDefinition(group), first]) {
      const [result] = await real.apply([object], { fieldManager: 'setup' })
      expect(result).not.toHaveProperty('error')
    }
  }, 120_000)
  afterAll(async () => {
    console.log(`${seen.operations} operations over ${seen.kinds.size} kinds, ${seen.unjudged} of them refused by rules of a kind only`)
    await stack.disposeAsync()
  }, 30_000)

  test('cannot be distinguished by what is done to objects of every kind', { timeout: 300_000 + numRuns * 3000 }, async () => {
    const property = fc.asyncProperty(history, async ({ kind, forms, steps }) => {
      const name = `every-${randomBytes(4).toString('hex')}`
      const example = examples[kind] ?? formsExample(group, forms)
      await using memory = memoryCluster()
      for (const cluster of [real, memory])
        await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }], { fieldManager: 'setup' })
      await memory.apply([formsDefinition(group)], { fieldManager: 'setup' })
      const namespaced = (await memory.discover(example))?.namespaced
      const base = exampleOf(example, `${name}-x`, namespaced ? name : undefined)
      seen.kinds.add(`${base.apiVersion} ${base.kind}`)
      for (const op of steps) {
        if (!isComparable(base, op)) continue
        seen.operations++
        const expected = await outcomeOf(real, base, op)
        if (isJudgedByKind(expected)) {
          const dry = op.do === 'delete' ? expected : await outcomeOf(memory, base, op, true)
          if (dry.code === undefined) seen.unjudged++
          continue
        }
        const { said, ...actual } = await outcomeOf(memory, base, op)
        const { said: _, ...wanted } = expected
        expect(actual, said).toEqual(wanted)
      }
      if (namespaced === false) await clear(real, base)
    })
    await fc.assert(property, { numRuns })
    // What only a rule of a kind refuses is not compared: it must stay the exception.
    expect(seen.unjudged / seen.operations).toBeLessThan(0.2)
  })
})
