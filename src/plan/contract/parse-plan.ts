import '../apply/error-codes.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { parseJson } from '../../model/json/parse-json.ts'
import type { Schema } from '../../model/schema/schema.ts'
import { validate } from '../../model/schema/validate.ts'
import { digestOf } from './digest.ts'
import { planFormat, type SyncPlan } from './sync-plan.ts'

/** Plans of 50,000 objects have about 100 MB. */
const maxLength = 200_000_000

const text: Schema = { type: 'string', maxLength }
const texts: Schema = { type: 'array', items: text }
const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const reference: Schema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'name'],
  properties: { apiVersion: text, kind: text, namespace: text, name: text },
}
const references: Schema = { type: 'array', items: reference }
const coded: Schema = { ...open, required: ['code', 'message'], properties: { code: text, message: text } }
const actions: Schema = {
  type: 'array',
  items: {
    ...open,
    required: ['type', 'ref', 'reason', 'certainty', 'changes', 'conflicts', 'force', 'takeOver'],
    properties: {
      type: { type: 'string', enum: ['create', 'update', 'adopt', 'replace', 'prune', 'skip', 'refuse'] },
      ref: reference,
      reason: coded,
      certainty: { type: 'string', enum: ['confirmed', 'predicted'] },
      changes: { type: 'array', items: { ...open, required: ['path'], properties: { path: text } } },
      conflicts: {
        type: 'array',
        items: {
          type: 'object',
          required: ['manager', 'operation', 'fields'],
          properties: { manager: text, operation: text, fields: texts },
        },
      },
      decisions: { type: 'array', items: { ...open, required: ['path', 'action', 'rule'], properties: { path: text, rule: text } } },
      ignored: texts,
      force: { type: 'boolean' },
      takeOver: texts,
      releasedBy: text,
      origin: text,
      object: open,
      uid: text,
      resourceVersion: text,
    },
  },
}
const planSchema: Schema = {
  ...open,
  required: [
    ...['format', 'sync', 'spec', 'generation', 'revision', 'fieldManager', 'stages', 'prunes', 'refusals'],
    ...['inventoryBefore', 'inventoryAfter', 'cost', 'digest'],
  ],
  properties: {
    format: { type: 'integer' },
    sync: { ...reference, properties: { ...reference.properties, management: text } },
    spec: open,
    generation: { type: 'integer' },
    revision: text,
    revisionInCluster: text,
    fieldManager: text,
    stages: { type: 'array', items: actions },
    prunes: actions,
    refusals: { type: 'array', items: coded },
    partial: { type: 'string', enum: ['never', 'continue'] },
    warnings: {
      type: 'array',
      items: {
        type: 'object',
        required: ['code', 'ref', 'fields', 'managers', 'message'],
        properties: { code: text, ref: reference, fields: texts, managers: texts, message: text },
      },
    },
    recovered: references,
    inventoryBefore: references,
    inventoryAfter: references,
    cost: { type: 'object', required: ['requests'], properties: { requests: { type: 'integer' } } },
    digest: text,
  },
}

/**
 * The plan that `JSON.stringify` wrote.
 *
 * @param json - the text, or what `JSON.parse` made of it
 * @throws FleetkitError `plan/invalid` when it is no plan, or one of another format; `plan/edited` when it was changed since it
 * was made.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { formatPlan, parsePlan } from 'fleetkit'
 *
 * console.log(formatPlan(parsePlan(await readFile('plan.json', 'utf8'))))
 * ```
 *
 * @category Plans
 */
export function parsePlan(json: unknown): SyncPlan {
  const plan = readPlan(json)
  checkDigest(plan, digestOf(plan))
  return plan
}

/** What is a plan by its form, whatever its digest says. */
export function readPlan(json: unknown): SyncPlan {
  const value = typeof json === 'string' ? parseText(json) : json
  const format = (value as { readonly format?: unknown } | null | undefined)?.format
  if (format !== planFormat)
    throw new FleetkitError('plan/invalid', `format: found ${describeValue(format)}, accepted ${planFormat}: make the plan again`)
  const problems = validate(planSchema, value, 'plan')
  if (problems.length > 0) throw invalid(undefined, problems, 'plan/invalid')
  return value as SyncPlan
}

/** Throws `plan/edited` for a plan that has another digest than the one that it carries. */
export function checkDigest({ digest, sync }: SyncPlan, found: string): void {
  if (found !== digest)
    throw new FleetkitError('plan/edited', `its digest is ${found} and was ${digest}: make the plan again`, { ref: sync })
}

function parseText(text: string): unknown {
  if (text.length > maxLength) throw new FleetkitError('plan/invalid', `found ${text.length} characters, accepted at most ${maxLength}`)
  try {
    return parseJson(text)
  } catch (cause) {
    throw new FleetkitError('plan/invalid', 'found a text that is no JSON, accepted what JSON.stringify made of a plan', { cause })
  }
}
