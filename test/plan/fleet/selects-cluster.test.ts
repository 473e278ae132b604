import { type KubeObject, Module, type ModuleClusters } from 'fleetkit'
import { compileClusterExpression, selectsCluster } from 'fleetkit/fleet'
import { forecast } from 'fleetkit/forecast'
import { describe, expect, test } from 'vitest'

const cluster = (name: string, labels?: Record<string, string>, status?: object): KubeObject => ({
  apiVersion: 'fleetkit.dev/v1alpha1',
  kind: 'Cluster',
  metadata: { name, namespace: name, ...(labels === undefined ? {} : { labels }) },
  ...(status === undefined ? {} : { status }),
})
const eu = cluster('eu-1', { tier: 'prod', region: 'eu' }, { kubernetesVersion: 'v1.35.1' })

test.each<[ModuleClusters | undefined, boolean]>([
  [undefined, false],
  [{}, true],
  [{ names: [] }, false],
  [{ names: ['us-1', 'eu-1'] }, true],
  [{ names: ['us-1'] }, false],
  [{ matchLabels: { tier: 'prod' } }, true],
  [{ matchLabels: { tier: 'prod' }, names: ['us-1'] }, false],
  [{ matchLabels: { tier: 'test' }, names: ['eu-1'] }, false],
  [{ matchExpressions: [{ key: 'region', operator: 'In', values: ['eu'] }], names: ['eu-1'] }, true],
])('%j selects eu-1: %s', (clusters, expected) => {
  expect(selectsCluster(clusters, eu)).toBe(expected)
})

describe('a rule', () => {
  test('is asked of what labels and names select', async () => {
    const expr = "cluster.status.kubernetesVersion.startsWith('v1.35.') && cluster.metadata.labels.region in ['eu', 'us']"
    const rule = await compileClusterExpression(expr)
    expect(selectsCluster({ expr }, eu, rule)).toBe(true)
    expect(selectsCluster({ expr }, cluster('eu-2', { region: 'eu' }, { kubernetesVersion: 'v1.34.9' }), rule)).toBe(false)
    let calls = 0
    const counted = (): boolean => {
      calls++
      return true
    }
    expect(selectsCluster({ expr, names: ['us-1'] }, eu, counted)).toBe(false)
    expect(selectsCluster({ expr, matchLabels: { tier: 'test' } }, eu, counted)).toBe(false)
    expect(calls).toBe(0)
  })

  test('without an answer neither selects nor deselects', async () => {
    const expr = "cluster.status.kubernetesVersion == 'v1.35.1'"
    const answer = selectsCluster({ expr }, cluster('eu-3'), await compileClusterExpression(expr))
    expect(answer).toMatch(/^spec\.clusters\.expr has no answer, .*: cluster\.status\.kubernetesVersion == 'v1\.35\.1'$/)
    expect(selectsCluster({ expr: 'cluster.metadata.name' }, eu, await compileClusterExpression('cluster.metadata.name'))).toMatch(
      /no answer/,
    )
  })

  test('that is none is refused, and so is one that was not compiled', async () => {
    await expect(compileClusterExpression('cluster.')).rejects.toMatchObject({
      code: 'fleet/cluster-expression',
      message: expect.stringMatching(/^spec\.clusters\.expr: found "cluster\.", which is not CEL/),
    })
    expect(() => selectsCluster({ expr: 'true' }, eu)).toThrow(
      'spec.clusters.expr: found an expression that is not compiled, accepted what compileClusterExpression makes of it',
    )
  })

  test('is bounded', async () => {
    const loops = '[1,2,3,4,5,6,7,8,9].all(a, '.repeat(10)
    const rule = await compileClusterExpression(`${loops}true${')'.repeat(10)}`)
    expect(rule(eu)).toMatch(/takes too many steps/)
  })
})

describe('a forecast of a Module', () => {
  const moduleOf = (clusters: ModuleClusters): Module =>
    new Module({
      metadata: { name: 'shop' },
      spec: { source: { git: { url: 'https://example.com/shop.git', tag: 'v1' } }, clusters },
    })
  const clusters = ['a', 'b', 'c'].map((name) => cluster(name, { tier: name === 'c' ? 'test' : 'prod' }))

  test('goes by names and labels', () => {
    const result = forecast({ module: moduleOf({ names: ['b', 'c'], matchLabels: { tier: 'prod' } }), clusters })
    expect(result.end.clusters.map(({ id }) => id)).toEqual(['b'])
  })

  test('evaluates no rule, and says so', () => {
    expect(() => forecast({ module: moduleOf({ expr: 'true' }), clusters })).toThrow(
      'forecast: found a module that selects clusters by spec.clusters.expr, accepted labels and names: a forecast evaluates no expression',
    )
  })
})
