import { maxNameLength } from '../../names.ts'
import { flag, name, text } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { selectorSchema } from '../../schema/validate-selector.ts'
import { conditionSchema, syncSpecSchema } from '../sync/schema.ts'
import { rolloutSchema } from './rollout-schema.ts'

/** The schema of the spec of a Module: what the Sync of each cluster is to say, which clusters get one, and how. */
export const moduleSpecSchema: Schema = {
  type: 'object',
  typeName: 'ModuleSpec',
  description: 'An exact version of a configuration, the clusters that get it, and how it goes out to them.',
  required: ['source'],
  properties: {
    ...syncSpecSchema.properties,
    prune: {
      type: 'boolean',
      description: 'Whether objects that left the version are deleted from the clusters, so that these hold exactly the version.',
      default: true,
    },
    wait: {
      type: 'boolean',
      description: 'Whether a cluster counts as ready only once every applied object is healthy there. Roll-outs go by that.',
      default: true,
    },
    clusters: {
      ...selectorSchema,
      description: 'Selects the clusters that get the configuration, by their labels. Absent: none. Empty: all.',
    },
    rollout: { ...rolloutSchema, default: { allAtOnce: {} } },
    suspend: flag('Whether clusters are neither given the version nor rid of it until this is false again.'),
    dependsOn: {
      type: 'array',
      description: 'Modules that must be ready on a cluster before this one goes there. They leave it after this one.',
      maxItems: 100,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'ModuleDependency',
        description: 'Names a Module.',
        required: ['name'],
        properties: {
          name: { ...name('Name of the Module.'), maxLength: maxNameLength },
          namespace: name('Its namespace; the same when absent.'),
          version: {
            ...text(
              'The versions that will do, as a range of semantic versions: >=1.4 <2. Any when absent. A Module at a commit has none.',
            ),
            minLength: 1,
            maxLength: 128,
          },
        },
      },
    },
  },
}

const counted = (description: string): Schema => ({ type: 'integer', format: 'int64', description })

/** The schema of the status of a Module. */
export const moduleStatusSchema: Schema = {
  type: 'object',
  typeName: 'ModuleStatus',
  description: 'What is known of a Module.',
  properties: {
    observedGeneration: counted('The generation of the last outcome.'),
    conditions: {
      type: 'array',
      description: 'Ready, Reconciling and Stalled, as far as they apply.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: conditionSchema,
    },
    version: text('The version that was last rolled out to the end.'),
    phase: text('Where the roll-out of the present version stands.'),
    summary: {
      type: 'object',
      typeName: 'ModuleSummary',
      description: 'How many clusters are where.',
      required: ['clusters', 'done', 'moving', 'held'],
      properties: {
        clusters: counted('The clusters that are selected, or still have the module.'),
        done: counted('Have the version, and it is ready.'),
        moving: counted('Are on their way.'),
        held: counted('Are held, each for a reason.'),
      },
    },
  },
}
