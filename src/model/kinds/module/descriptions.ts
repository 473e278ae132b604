import { parameterDescriptions } from '../../parameters/descriptions.ts'
import type { Descriptions } from '../../schema/describe.ts'
import { windowDescriptions } from '../../windows/descriptions.ts'
import { sourceDescriptions, sourceFieldDescriptions } from '../source-descriptions.ts'

/** What the fields of a Module mean. */
export const moduleDescriptions: Descriptions = {
  ...parameterDescriptions,
  ...windowDescriptions,
  ModuleSpec: {
    ...sourceFieldDescriptions,
    '': 'An exact version of a configuration, the clusters that get it, and how it goes out to them.',
    prune: 'Whether objects that are no longer in the source are deleted from the clusters, so that these hold exactly what it holds.',
    wait: 'Whether a cluster counts as ready only once every applied object is healthy there. Rollouts go by that.',
    suspend: 'Whether clusters are neither given the version nor rid of it until this is false again.',
    dependsOn: 'Modules that must be ready on a cluster before this one goes there. They are removed from it after this one.',
    parameters: 'Variables of the source with a value for each cluster. They join those of postBuild.substitute.',
    clusters: 'Selects the clusters that get the configuration. All parts must hold. Absent: none. Empty: all.',
    windows:
      'When clusters may be started. A cluster that windows with a selector select goes by those alone, every other one by those without. Absent, empty, or none for a cluster: at any time.',
    freezes: 'When no cluster is started, whatever the windows say.',
    priority: 'Which Module goes first where several want of one budget: the one with the higher number. Default 0.',
    removalPolicy:
      'What happens to the applied objects of a cluster when the module is removed there: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan).',
    deletionPolicy:
      'What happens to the clusters when the Module is deleted: it is removed from each (Delete), left as it is (Orphan), or it is not deleted while a cluster has it (Refuse).',
  },
  ModuleClusters: {
    '': 'Selects clusters. All parts must hold.',
    names: 'Selects only Clusters of these names. An empty list: none.',
    'names[]': 'Name of a Cluster.',
    expr: 'Selects by a rule: an expression in CEL over the Cluster (cluster).',
  },
  ModuleSource: { '': 'Where the configuration comes from.' },
  ModuleGitSource: {
    ...sourceDescriptions.GitSource,
    '': 'An exact revision of a git repository, or the one that another Module has completed.',
    promoteFrom:
      'The tag and commit that this Module has rolled out to the end. Its repository is the same. Until it has completed one, there is no version.',
  },
  ModuleReference: {
    '': 'Names a Module.',
    name: 'Its name.',
    namespace: 'Its namespace; the same when absent.',
  },
  ModuleDependency: {
    '': 'Names a Module.',
    name: 'Name of the Module.',
    namespace: 'Its namespace; the same when absent.',
    version: 'The versions that will do, as a range of semantic versions: >=1.4 <2. Any when absent. A Module at a commit has none.',
  },
  ModuleStatus: {
    '': 'What is known of a Module.',
    observedGeneration: 'The generation of the last outcome.',
    conditions: 'Ready, Reconciling and Stalled, as far as they apply; Pinned: whether the revision is that of the present generation.',
    revision: 'Name of the ModuleRevision that is wanted: the Module at an exact commit.',
    version: 'The version that was last rolled out to the end.',
    completed: 'The revision that was last rolled out to the end. Modules that are promoted from this one get it.',
    phase: 'The phase of the rollout of the present version.',
    summary: 'How many clusters are where.',
  },
  CompletedRevision: {
    '': 'A revision that was rolled out to the end.',
    revision: 'Name of the ModuleRevision.',
    url: 'The repository.',
    commit: 'The commit.',
    tag: 'The tag that the commit had.',
  },
  ModuleSummary: {
    '': 'How many clusters are where.',
    clusters: 'The clusters that are selected, or still have the module.',
    done: 'Have the version, and it is ready.',
    updating: 'Are being updated.',
    held: 'Are held, each for a reason.',
  },
}
