import { maxNameLength } from '../../names.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, flag, name, text } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { selectorSchema } from '../../schema/validate-selector.ts'
import { allowWindowsSchema, freezeWindowsSchema } from '../../windows/schema.ts'
import { moduleFields } from '../module-fields.ts'
import { gitSchema, sourceFields } from '../source-fields.ts'
import { rolloutSchema } from './rollout-schema.ts'

const { deletionPolicy: removalPolicy, ...syncFields } = sourceFields({
  prune: flag(undefined, true),
  wait: flag(undefined, true),
  suspend: flag(),
  dependsOn: moduleFields.dependsOn,
})

/** A Module can also follow another one, by the exact versions that this has completed. */
const sourceSchema: Schema = {
  type: 'object',
  typeName: 'ModuleSource',
  required: ['git'],
  properties: {
    git: {
      ...gitSchema,
      typeName: 'ModuleGitSource',
      exactlyOneOf: ['tag', 'commit', 'promoteFrom'],
      properties: {
        ...gitSchema.properties,
        promoteFrom: {
          type: 'object',
          typeName: 'ModuleReference',
          required: ['name'],
          properties: { name: { ...name(), maxLength: maxNameLength }, namespace: name() },
        },
      },
    },
  },
}

/** The schema of the spec of a Module: what the sync of each cluster is to say, which clusters get one, and how. */
export const moduleSpecSchema: Schema = {
  type: 'object',
  typeName: 'ModuleSpec',
  required: ['source'],
  properties: {
    ...syncFields,
    source: sourceSchema,
    parameters: moduleFields.parameters,
    clusters: {
      type: 'object',
      typeName: 'ModuleClusters',
      extends: [selectorSchema],
      properties: {
        ...selectorSchema.properties,
        names: {
          type: 'array',
          maxItems: 1000,
          'x-kubernetes-list-type': 'atomic',
          items: { ...name(), maxLength: maxNameLength },
        },
        expr: { ...text(), minLength: 1, maxLength: 4096 },
      },
    },
    rollout: { ...rolloutSchema, default: { allAtOnce: {} } },
    windows: allowWindowsSchema,
    freezes: freezeWindowsSchema,
    priority: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000, default: 0 },
    removalPolicy: removalPolicy as Schema,
    deletionPolicy: { type: 'string', enum: ['Delete', 'Orphan', 'Refuse'], default: 'Delete' },
  },
}

/** The schema of the status of a Module. */
export const moduleStatusSchema: Schema = {
  type: 'object',
  typeName: 'ModuleStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    revision: text(),
    version: text(),
    completed: {
      type: 'object',
      typeName: 'CompletedRevision',
      required: ['revision', 'url', 'commit'],
      properties: { revision: text(), url: text(), commit: text(), tag: text() },
    },
    phase: text(),
    summary: {
      type: 'object',
      typeName: 'ModuleSummary',
      required: ['clusters', 'done', 'updating', 'held'],
      properties: { clusters: count(), done: count(), updating: count(), held: count() },
    },
  },
}
