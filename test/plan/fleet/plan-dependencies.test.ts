import fc from 'fast-check'
import { type KubeObject, type ObjectRef, refKey } from 'fleetkit'
import { explainWaiting, formatDependencyProblems, planDependencies } from 'fleetkit/fleet'
import { expect, test } from 'vitest'

const apiVersion = 'fleetkit.dev/v1alpha1'
const ref = (kind: string, name: string, namespace = 'eu'): ObjectRef => ({ apiVersion, kind, namespace, name })
const object = ({ kind, namespace, name }: ObjectRef, dependsOn: unknown): KubeObject => ({
  apiVersion,
  kind,
  metadata: { namespace, name },
  spec: { dependsOn },
})

test('a cycle through three kinds is named as a path, and what is missing with it', () => {
  const [app, base, all, free] = [ref('Sync', 'app'), ref('RemoteSync', 'base'), ref('ProxySync', 'all'), ref('Sync', 'free')]
  const plan = planDependencies([
    object(app, [base]),
    object(base, [all]),
    object(all, [{ kind: 'Sync', name: 'app' }]),
    object(free, [{ name: 'gone' }]),
    object(ref('Cluster', 'eu'), undefined),
  ])
  expect(plan).toEqual({
    order: [ref('Cluster', 'eu')],
    cycles: [[all, app, base, all]],
    missing: [{ from: free, to: ref('Sync', 'gone') }],
  })
  expect(formatDependencyProblems(plan)).toBe(
    'dependsOn has a cycle: ProxySync eu/all → Sync eu/app → RemoteSync eu/base → ProxySync eu/all; Sync eu/free depends on Sync eu/gone, which does not exist',
  )
})

test('what can go comes after what it depends on, and nothing is said of it', () => {
  const plan = planDependencies([object(ref('Sync', 'app'), [{ name: 'db' }, { name: 'db' }]), object(ref('Sync', 'db'), [])])
  expect(plan).toEqual({ order: [ref('Sync', 'db'), ref('Sync', 'app')], cycles: [], missing: [] })
  expect(formatDependencyProblems(plan)).toBeUndefined()
})

test('objects that are invalid are taken as far as they can be', () => {
  const itself = ref('Sync', 'itself')
  const plan = planDependencies([object(itself, [{ name: 'itself' }, { name: 3 }, null]), object(ref('Sync', 'odd'), 'all of them')])
  expect(plan).toEqual({ order: [ref('Sync', 'odd')], cycles: [[itself, itself]], missing: [] })
})

test('an object is on a cycle exactly when what waits for it says so', () => {
  const kinds = ['Sync', 'RemoteSync', 'ProxySync']
  const units = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(units, (edges) => {
      const named = (index: number) => ref(kinds[index % kinds.length] as string, `unit-${index}`)
      const objects = edges.map((needs, index) => object(named(index), needs.map(named)))
      const { order, cycles, missing } = planDependencies(objects)
      const chains = objects.flatMap((each) => explainWaiting(named(objects.indexOf(each)), objects).chains)
      expect(cycles.length > 0).toBe(chains.some(({ isCycle }) => isCycle))
      for (const path of cycles)
        for (const [index, each] of path.slice(0, -1).entries())
          expect(edges[Number(each.name.slice(5))]?.map((to) => named(to).name)).toContain(path[index + 1]?.name)
      expect(missing.every(({ to }) => !objects.some(({ metadata }) => metadata.name === to.name))).toBe(true)
      const place = new Map(order.map((each, index) => [refKey(each), index]))
      for (const each of order)
        for (const to of edges[Number(each.name.slice(5))] ?? [])
          expect(place.get(refKey(named(to)))).toBeLessThan(place.get(refKey(each)) as number)
    }),
  )
})
