import { maxNameLength } from '../../names.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, flag, name, text } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { selectorSchema } from '../../schema/validate-selector.ts'
import { sourceFields } from '../source-fields.ts'
import { rolloutSchema } from './rollout-schema.ts'

/** The schema of the spec of a Module: what the Sync of each cluster is to say, which clusters get one, and how. */
export const moduleSpecSchema: Schema = {
  type: 'object',
  typeName: 'ModuleSpec',
  description: 'An exact version of a configuration, the clusters that get it, and how it goes out to them.',
  required: ['source'],
  properties: {
    ...sourceFields({
      prune: flag(
        'Whether objects that are no longer in the source are deleted from the clusters, so that these hold exactly what it holds.',
        true,
      ),
      wait: flag('Whether a cluster counts as ready only once every applied object is healthy there. Rollouts go by that.', true),
      suspend: flag('Whether clusters are neither given the version nor rid of it until this is false again.'),
      dependsOn: {
        type: 'array',
        description: 'Modules that must be ready on a cluster before this one goes there. They are removed from it after this one.',
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
    }),
    clusters: {
      ...selectorSchema,
      description: 'Selects the clusters that get the configuration, by their labels. Absent: none. Empty: all.',
    },
    rollout: { ...rolloutSchema, default: { allAtOnce: {} } },
  },
}

/** The schema of the status of a Module. */
export const moduleStatusSchema: Schema = {
  type: 'object',
  typeName: 'ModuleStatus',
  description: 'What is known of a Module.',
  properties: {
    observedGeneration: count('The generation of the last outcome.'),
    conditions: conditions('Ready, Reconciling and Stalled, as far as they apply.'),
    version: text('The version that was last rolled out to the end.'),
    phase: text('The phase of the rollout of the present version.'),
    summary: {
      type: 'object',
      typeName: 'ModuleSummary',
      description: 'How many clusters are where.',
      required: ['clusters', 'done', 'updating', 'held'],
      properties: {
        clusters: count('The clusters that are selected, or still have the module.'),
        done: count('Have the version, and it is ready.'),
        updating: count('Are being updated.'),
        held: count('Are held, each for a reason.'),
      },
    },
  },
}
