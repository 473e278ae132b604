import assert from 'node:assert/strict'
import { setTimeout as realSleep } from 'node:timers/promises'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { ErrorCode } from '../../../model/errors/error-codes.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import type { ApplyOptions, ApplyResult, ClusterApi } from '../../../ports/cluster.ts'

/** A cluster to test, with what the tests need to know of it. */
export interface ClusterSubject extends AsyncDisposable {
  readonly cluster: ClusterApi
  /** A namespace that exists and holds nothing of the tests; each subject has its own, or its own cluster. */
  readonly namespace: string
  /** How long something may take that happens in the background, in real milliseconds. 10,000 when absent. */
  readonly patienceMs?: number | undefined
}

export function configMap({ namespace }: ClusterSubject, name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}

export function deployment({ namespace }: ClusterSubject, name: string, spec: JsonObject = {}, container: JsonObject = {}): KubeObject {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1', ...container }] } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  }
}

/** A workload that no controller touches. */
export function cronJob({ namespace }: ClusterSubject, name: string, container: JsonObject = {}): KubeObject {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'web', image: 'nginx:1', ...container }] } }
  const spec = { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } }
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name, namespace }, spec }
}

/** A definition of a type of its own, with lists of every type, and an object of it. */
export function definition(group: string, options: { readonly status?: boolean } = {}): KubeObject {
  const item = {
    type: 'object',
    required: ['port'],
    properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'tcp' }, weight: { type: 'integer' } },
  }
  const spec = {
    type: 'object',
    properties: {
      size: { type: 'string', enum: ['small', 'large'], default: 'small' },
      count: { type: 'integer', minimum: 0, maximum: 10 },
      code: { type: 'string', pattern: '^[a-z]+$' },
      tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      order: { type: 'array', items: { type: 'string' } },
      ports: { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port', 'protocol'] },
      whole: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
      parts: { type: 'object', additionalProperties: { type: 'string' } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  }
  const status = { type: 'object', properties: { phase: { type: 'string' } } }
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
    ...(options.status === false ? {} : { subresources: { status: {} } }),
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
      versions: [version],
    },
  }
}

export function gadget({ namespace }: ClusterSubject, group: string, name: string, spec: JsonObject): KubeObject {
  return { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name, namespace }, spec }
}

/** Defines the type, runs `body` with its group, and deletes the definition. Groups are never used twice. */
export async function withDefinition(
  subject: ClusterSubject,
  body: (group: string) => Promise<void>,
  options?: { readonly status?: boolean },
): Promise<void> {
  const group = newGroup()
  const given = definition(group, options)
  await applied(subject, given, { fieldManager: 'definitions' })
  try {
    // A type is served a moment after its definition is stored; an apply waits for that.
    await applied(subject, gadget(subject, group, 'first', {}), { fieldManager: 'definitions' })
    await body(group)
  } finally {
    await subject.cluster.delete({ ...given, name: given.metadata.name })
  }
}

export function newGroup(): string {
  return `g${crypto.randomUUID().slice(0, 8)}.conformance.fleetkit.dev`
}

/** Applies one object that must be accepted. */
export async function applied(
  subject: ClusterSubject,
  object: KubeObject,
  options: ApplyOptions,
): Promise<{ readonly object: KubeObject; readonly created: boolean }> {
  const result = await applyOne(subject, object, options)
  if ('error' in result) throw result.error
  return result
}

/** Applies one object that must be refused. */
export async function refused(
  subject: ClusterSubject,
  object: KubeObject,
  options: ApplyOptions,
  ...codes: readonly ErrorCode[]
): Promise<FleetkitError> {
  const result = await applyOne(subject, object, options)
  assert.ok('error' in result, `it was accepted; expected ${codes.join(' or ')}`)
  assert.ok(result.error instanceof FleetkitError)
  assert.ok(
    codes.includes(result.error.code),
    `refused with ${result.error.code} (${result.error.message}); expected ${codes.join(' or ')}`,
  )
  return result.error
}

async function applyOne({ cluster }: ClusterSubject, object: KubeObject, options: ApplyOptions): Promise<ApplyResult> {
  const results = await cluster.apply([object], options)
  assert.equal(results.length, 1)
  return results[0] as ApplyResult
}

/** The set of fields that a manager owns. */
export function ownedBy(object: KubeObject, manager: string, operation: 'Apply' | 'Update' = 'Apply'): JsonObject | undefined {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager && entry.operation === operation && !entry.subresource)
    ?.fieldsV1
}

export async function eventually({ patienceMs = 10_000 }: ClusterSubject, holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await holds())) {
    assert.ok(performance.now() < end, `never seen: ${what}`)
    await realSleep(20)
  }
}
