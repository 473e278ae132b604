import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { type Json, type KubeObject, type ObjectRef, parseYaml } from 'fleetkit'
import { prepareObjects } from 'fleetkit/plan'
import { describe, expect, it, test } from 'vitest'
import { runs, seed } from '../random-tests.ts'
import { findAssets } from '../servers/assets.ts'
import { describeWithServers } from '../servers/index.ts'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const clusterScoped = /^(Namespace|ClusterRoleBinding|CustomResourceDefinition|APIService|.*WebhookConfiguration)$/

/** Objects as they are applied into the namespace `prod`, without the labels of the Sync. */
function moved(objects: readonly KubeObject[]): readonly KubeObject[] {
  const rendered = objects.map((object) => ({ object, origin: 'a.yaml:1' }))
  const prepared = prepareObjects(rendered, { sync, targetNamespace: 'prod', namespaced: ({ kind }) => !clusterScoped.test(kind) })
  return prepared.map(({ object }) => {
    const { labels: _, ...metadata } = object.metadata
    return { ...object, metadata }
  })
}

const named = (name: string, namespace?: string) => (namespace === undefined ? { name } : { name, namespace })
const object = (apiVersion: string, kind: string, name: string, namespace?: string, rest: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: named(name, namespace),
  ...rest,
})
const rbac = 'rbac.authorization.k8s.io'
const account = (name: string, namespace?: string) => object('v1', 'ServiceAccount', name, namespace)
const service = (name: string, namespace?: string) => object('v1', 'Service', name, namespace)
const binding = (kind: string, subjects: readonly Json[]) =>
  object(`${rbac}/v1`, kind, 'binding', undefined, { roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' }, subjects })
const subject = (kind: string, name: string, namespace?: string) => ({ kind, ...named(name, namespace) })
const webhooks = (kind: string, services: readonly Json[]) =>
  object('admissionregistration.k8s.io/v1', kind, 'hooks', undefined, {
    webhooks: services.map((each, index) => ({ name: `h${index}`, clientConfig: { service: each } })),
  })
const definition = (namespace: string) =>
  object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'as.example.com', undefined, {
    spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { service: named('hook', namespace) } } } },
  })
const apiService = (namespace: string) =>
  object('apiregistration.k8s.io/v1', 'APIService', 'v1.example.com', undefined, { spec: { service: named('api', namespace) } })

describe('a target namespace', () => {
  test('takes the ServiceAccounts of the version along in the subjects that name them', () => {
    const given = [subject('ServiceAccount', 'app', 'default'), subject('ServiceAccount', 'app', 'other'), subject('User', 'app')]
    const [, bound] = moved([account('app', 'default'), binding('RoleBinding', given)])
    expect(bound?.subjects).toEqual([subject('ServiceAccount', 'app', 'prod'), given[1], given[2]])
    expect(bound?.metadata.namespace).toBe('prod')
  })

  test('leaves the subjects of others', () => {
    const given = [subject('ServiceAccount', 'theirs', 'monitoring'), subject('Group', 'default')]
    expect(moved([binding('ClusterRoleBinding', given)])[0]?.subjects).toEqual(given)
  })

  test('takes the services of webhooks, conversions and API services along', () => {
    const hooks = webhooks('ValidatingWebhookConfiguration', [named('hook', 'default'), named('theirs', 'default')])
    const [, checked, defined, served] = moved([service('hook'), hooks, definition('anywhere'), apiService('anywhere')])
    expect(checked?.webhooks).toEqual([
      { name: 'h0', clientConfig: { service: named('hook', 'prod') } },
      { name: 'h1', clientConfig: { service: named('theirs', 'default') } },
    ])
    expect(JSON.stringify(defined?.spec)).toContain('"service":{"name":"hook","namespace":"prod"}')
    expect(served?.spec).toEqual({ service: named('api', 'prod') })
  })

  test('takes the objects of the version along in the annotation that depends on them', () => {
    const text = '/namespaces/default/ConfigMap/a, /namespaces/x/ConfigMap/a,/ConfigMap/a, /ClusterThing/a'
    const dependent = { ...service('b', 'x'), metadata: { name: 'b', annotations: { 'config.kubernetes.io/depends-on': text } } }
    expect(moved([object('v1', 'ConfigMap', 'a'), dependent])[1]?.metadata.annotations).toEqual({
      'config.kubernetes.io/depends-on': '/namespaces/prod/ConfigMap/a, /namespaces/x/ConfigMap/a, /ConfigMap/a, /ClusterThing/a',
    })
  })

  test('changes nothing of what was given', () => {
    const given = [account('app'), binding('RoleBinding', [subject('ServiceAccount', 'app')]), apiService('x')]
    const before = JSON.stringify(given)
    moved(given)
    expect(JSON.stringify(given)).toBe(before)
  })
})

const name = fc.constantFrom('a', 'b', 'default')
const namespace = fc.constantFrom(undefined, 'default', 'x', 'prod')
const reference = fc.record({ name, namespace }).map((each) => named(each.name, each.namespace))
const version = fc
  .record({
    accounts: fc.uniqueArray(name, { maxLength: 2 }),
    services: fc.uniqueArray(name, { maxLength: 2 }),
    from: fc.constantFrom(undefined, 'default', 'x'),
    subjects: fc.array(reference, { maxLength: 3 }),
    hooks: fc.array(reference, { maxLength: 3 }),
    other: fc.constantFrom('x', 'default'),
  })
  .map(({ accounts, services, from, subjects, hooks, other }) => [
    ...accounts.map((each) => account(each, from)),
    ...services.map((each) => service(each, from)),
    binding(
      'RoleBinding',
      subjects.map((each) => ({ kind: 'ServiceAccount', ...each })),
    ),
    binding(
      'ClusterRoleBinding',
      subjects.map((each) => ({ kind: 'ServiceAccount', ...each })),
    ),
    webhooks('MutatingWebhookConfiguration', hooks),
    webhooks('ValidatingWebhookConfiguration', hooks),
    definition(other),
    apiService(other),
  ])

describeWithServers("kustomize's namespace transformer", () => {
  it('moves references of random versions in the same way', { timeout: runs(120_000) }, async () => {
    const kubectl = (await findAssets())?.kubectl as string
    for (const objects of fc.sample(version, { numRuns: runs(40), seed })) {
      const output = await kustomize(kubectl, objects)
      expect(byRef(moved(objects)), JSON.stringify(objects)).toEqual(byRef(output))
    }
  })
})

function byRef(objects: readonly KubeObject[]): Readonly<Record<string, KubeObject>> {
  return Object.fromEntries(objects.map((each) => [`${each.kind}/${each.metadata.name}`, each]))
}

async function kustomize(kubectl: string, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fleetkit-test-'))
  try {
    await writeFile(path.join(folder, 'kustomization.yaml'), 'namespace: prod\nresources: [all.yaml]\n')
    await writeFile(path.join(folder, 'all.yaml'), objects.map((each) => JSON.stringify(each)).join('\n---\n'))
    const output = await new Promise<string>((resolve, reject) => {
      execFile(kubectl, ['kustomize', folder], (error, stdout) => (error === null ? resolve(stdout) : reject(error)))
    })
    return parseYaml(output).map(({ value }) => value as unknown as KubeObject)
  } finally {
    await rm(folder, { recursive: true })
  }
}
