import { readFile } from 'node:fs/promises'
import { build, type Plugin } from 'esbuild'
import type { FleetRule } from 'fleetkit/testing'
import { entryPoints, root } from '../../../scripts/entry-points.ts'
import type { WorldKind } from './simulate.ts'
import type { Invariant } from './violation.ts'

/** A mistake put into the engine, and the invariant that must notice it. */
export interface Mutant {
  readonly mistake: string
  /** What the worlds are of that show it. Syncs when absent. */
  readonly kind?: WorldKind
  /** How often the management is backed up, and restored, in these worlds. */
  readonly backups?: number
  /** The number of the first world that is looked at. Few worlds show it, and none before. 0 when absent. */
  readonly from?: number
  /** In each file, what is replaced by what. */
  readonly patches: Readonly<Record<string, readonly (readonly [found: string, instead: string])[]>>
  readonly killedBy: Invariant | FleetRule
}

const unfenced: Mutant['patches'] = {
  'src/engine/runtime/fence.ts': [
    ['throwIfAborted(fence.lease?.signal)', ''],
    ['throwIfAborted(signal)', ''],
    ['lease: options?.lease ?? fence.lease, ', ''],
  ],
}

export const mutants: Readonly<Record<string, Mutant>> = {
  'write-ahead': {
    mistake: 'the inventory is saved only afterwards',
    patches: { 'src/engine/attempt/attempt.ts': [['(await this.#saveInventoryFirst(plan)) ??', '']] },
    killedBy: 'write-ahead',
  },
  fencing: {
    mistake: 'nothing looks at the lease any more',
    patches: unfenced,
    killedBy: 'fencing',
  },
  'owner check': {
    mistake: 'what is recorded is deleted, whichever Sync it belongs to by now',
    patches: {
      'src/plan/apply/plan-apply.ts': [['if (owner !== ownerName(input.sync)) return keep(', 'if (false) return keep(']],
      'src/engine/attempt/execute-prunes.ts': [
        ['return ownerOf(object) ===', 'return true || ownerOf(object) ==='],
        ['labelledOnly: true, ', ''],
      ],
    },
    killedBy: 'ownership',
  },
  'generation check': {
    mistake: 'an outcome counts for whatever generation the Sync has when it is saved',
    patches: {
      'src/engine/attempt/record/object-status-store.ts': [
        [
          'status: compact(status)',
          'status: { ...compact(status), observedGeneration: (await store.get(owner, options))?.metadata.generation }',
        ],
      ],
    },
    killedBy: 'generation',
  },
  'uid check': {
    mistake: 'whatever has the name by now is deleted',
    patches: {
      'src/engine/attempt/execute-prunes.ts': [
        ['cluster.delete(ref, { uid, resourceVersion, ', 'cluster.delete(ref, { '],
        ['|| live.metadata.uid !== uid ', ''],
      ],
    },
    killedBy: 'uid',
  },
  'reverse order': {
    mistake: 'objects are deleted in the order in which they were applied',
    patches: {
      'src/plan/apply/order-objects.ts': [
        ['const ordered = pruneOrder(refs, options)', 'const ordered = pruneOrder(refs, options).toReversed()'],
      ],
    },
    killedBy: 'order',
  },
  'search after a restore': {
    mistake: 'what comes back with a backup is not looked for',
    kind: 'RemoteSync',
    patches: {
      'src/engine/attempt/plan/plan-sync.ts': [['|| isBeforeRestore(status, restoredAt)', '']],
      'src/engine/sync/reconciler.ts': [['const searches = isBeforeRestore(', 'const searches = false && isBeforeRestore(']],
    },
    killedBy: 'convergence',
  },
  'hold of a cluster': {
    mistake: 'a cluster is worked on however its Cluster is',
    kind: 'RemoteSync',
    patches: { 'src/engine/sync/remote-kind.ts': [['return ref && holdOf(ref, cache.get(ref))', 'return undefined']] },
    killedBy: 'suspension',
  },
  echo: {
    mistake: 'what a Sync reports is shown, of whatever write it is',
    kind: 'ProxySync',
    patches: { 'src/plan/mirror/next-mirror-status.ts': [['if (observed === write && ready?.', 'if (ready?.']] },
    killedBy: 'echo',
  },
  'looked at again': {
    mistake: 'what is being attempted is taken to be ready still, though it was never applied',
    kind: 'ProxySync',
    patches: {
      'src/plan/mirror/reporting.ts': [['lastAppliedRevision === previous.lastAppliedRevision &&', '']],
    },
    killedBy: 'echo',
  },
  'number of a write after a restore': {
    mistake: 'what a cluster from a backup reports is of the last write',
    kind: 'ProxySync',
    patches: { 'src/plan/mirror/plan-mirror.ts': [["toWrite(input, 'restored', true)", "toWrite(input, 'restored', false)"]] },
    killedBy: 'echo',
  },
  'number of a write that replaces': {
    mistake: 'what a Sync reports that was made by others is of the last write',
    kind: 'ProxySync',
    patches: { 'src/plan/mirror/plan-mirror.ts': [["toWrite(input, 'replaced', true)", "toWrite(input, 'replaced', false)"]] },
    killedBy: 'echo',
  },
  'keeper of a Sync': {
    mistake: 'a Sync is written that another management keeps',
    kind: 'ProxySync',
    patches: { 'src/plan/mirror/plan-mirror.ts': [['if (found !== undefined && found !== owner)', 'if (false)']] },
    killedBy: 'ownership',
  },
  'version of what is deleted': {
    mistake: 'a Sync is deleted whatever has become of it since it was looked at',
    kind: 'ProxySync',
    patches: { 'src/engine/mirror/remove.ts': [['{ uid, resourceVersion, signal }', '{ uid, signal }']] },
    killedBy: 'ownership',
  },
  'finalizer of a ProxySync': {
    mistake: 'nothing keeps a ProxySync until its Sync is gone',
    kind: 'ProxySync',
    patches: {
      'src/engine/mirror/management-end.ts': [['const held = withFinalizer(object, finalizer)', 'const held = object']],
    },
    killedBy: 'removal',
  },
  'end of a Sync': {
    mistake: 'a ProxySync does not wait for the end of its Sync',
    kind: 'ProxySync',
    patches: {
      'src/engine/mirror/remove.ts': [
        ["return { reason: 'Terminating', message:", "return undefined && { reason: 'Terminating', message:"],
      ],
    },
    killedBy: 'removal',
  },
  'what a management has lost': {
    mistake: 'a Sync goes that a management from a backup no longer has',
    kind: 'PullSync',
    backups: 8,
    patches: {
      'src/engine/mirror/pull/reconciler.ts': [['if (gone.length > 0 && known.restoredAt === undefined)', 'if (gone.length > 0)']],
    },
    killedBy: 'ownership',
  },
  'word of the cluster': {
    mistake: 'a management lets a ProxySync go before its cluster has said that there is no Sync',
    kind: 'PullSync',
    patches: {
      'src/engine/mirror/management-end.ts': [['copyOf(object) === undefined ? withoutFinalizer', 'true ? withoutFinalizer']],
    },
    killedBy: 'removal',
  },
  'generation of what is written': {
    mistake: 'a Sync is written as the ProxySync was when it was read first',
    kind: 'ProxySync',
    patches: {
      'src/engine/mirror/reconciler.ts': [
        ['if (!isSameSpec(current, object)) return undefined', 'if (current?.metadata.uid !== object.metadata.uid) return undefined'],
      ],
    },
    killedBy: 'version',
  },
  'reach of a cluster': {
    mistake: 'every cluster is taken for one that can be reached',
    kind: 'Module',
    patches: { 'src/plan/fleet/objects/cluster-view.ts': [["ok: ready?.status === 'True'", 'ok: true']] },
    killedBy: 'reach',
  },
  'needs of a revision': {
    mistake: 'what a revision needs is not planned with',
    kind: 'Module',
    patches: { 'src/plan/fleet/objects/revision-view.ts': [['...(needs.length > 0 && { needs })', '']] },
    killedBy: 'order',
  },
  'revision that was not seen': {
    mistake: 'a revision that was not seen yet is planned as one that needs nothing',
    kind: 'Module',
    from: 800,
    patches: {
      'src/engine/module/read-modules.ts': [
        ['revision === undefined && object.metadata.deletionTimestamp === undefined', 'false as boolean'],
      ],
    },
    killedBy: 'order',
  },
  'budget of a fleet': {
    mistake: 'each rollout has its own limits alone',
    kind: 'Module',
    patches: { 'src/plan/fleet/planner/fleet-rollouts.ts': [['problems.length > 0 ? [] : budgets', '[]']] },
    killedBy: 'budget',
  },
  'version in a budget': {
    mistake: 'what is still updating to the version of before takes from no budget',
    kind: 'Module',
    patches: {
      'src/rollout/planner/snapshot/look.ts': [
        ['else if (!ready || assigned.version === wanted) marks', 'else if (assigned.version === wanted) marks'],
      ],
    },
    killedBy: 'budget',
  },
  'cluster that cannot be reached': {
    mistake: 'a cluster that cannot be reached is forgotten, with all that it was assigned',
    kind: 'Module',
    patches: {
      'src/plan/fleet/planner/fleet-rollouts.ts': [
        [
          '    for (const cluster of clusters) {\n',
          '    for (const cluster of clusters) {\n      if (!cluster.reach.ok) { this.#removeCluster(cluster.id); continue }\n',
        ],
      ],
    },
    killedBy: 'generation',
  },
  'removal before dependants': {
    mistake: 'a module is taken from a cluster before what needs it there',
    kind: 'Module',
    patches: {
      'src/plan/fleet/placement.ts': [
        ['if (present === undefined || present.version', 'if (present === undefined || wanted === null || present.version'],
      ],
    },
    killedBy: 'order',
  },
  'lease of a fleet': {
    mistake: 'a manager goes on with a fleet that another one has by now',
    kind: 'Module',
    from: 150,
    patches: unfenced,
    killedBy: 'fencing',
  },
  'outcome of an assignment': {
    mistake: 'an outcome of an older assignment of the same revision counts',
    kind: 'Module',
    patches: {
      'src/rollout/planner/outcome.ts': [
        ['observed.version === assigned.version && observed.generation >= assigned.generation', 'observed.version === assigned.version'],
      ],
    },
    killedBy: 'budget',
  },
  'handbrake of a fleet': {
    mistake: 'the policy is asked for once',
    kind: 'Module',
    patches: {
      'src/engine/module/fleet.ts': [
        ['      this.#pending.policy(policy)', '      if (this.#plan === undefined) this.#pending.policy(policy)'],
      ],
    },
    killedBy: 'handbrake',
  },
  'call that never ends': {
    mistake: 'the store is waited for without end',
    kind: 'Module',
    patches: { 'src/engine/module/fleets-run.ts': [['store: timedStore(store, clock)', 'store, clock']] },
    killedBy: 'convergence',
  },
  'status of another revision': {
    mistake: 'what is said of the revision of before counts for the present generation',
    kind: 'Module',
    patches: {
      'src/engine/module/write/save-module-status.ts': [
        ['metadata.generation === planned && (progress.revision === null || progress.revision === status.revision)', 'true as boolean'],
      ],
    },
    killedBy: 'status',
  },
  'clock that is set back': {
    mistake: 'times that are yet to come are waited for',
    kind: 'Module',
    patches: { 'src/engine/module/fleet.ts': [['if (this.#isSetBack && this.#isSeen)', 'if (false as boolean)']] },
    killedBy: 'convergence',
  },
}

/** The simulation, over the source of the library with a mistake in it. */
export async function simulationOf({ patches }: Pick<Mutant, 'patches'>, outfile: string): Promise<typeof import('./simulate.ts')> {
  const sources = new Map(entryPoints().map(({ name, source }) => [name, source]))
  const applied = new Set<string>()
  const mutation: Plugin = {
    name: 'mutation',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^fleetkit(\/|$)/ }, ({ path: name }) => ({ path: sources.get(name) as string }))
      for (const [file, changes] of Object.entries(patches))
        onLoad({ filter: new RegExp(`/${file.replaceAll(/[./-]/g, '\\$&')}$`) }, async (args) => {
          applied.add(file)
          return { contents: patched(await readFile(args.path, 'utf8'), changes, file), loader: 'ts' }
        })
    },
  }
  await build({
    absWorkingDir: root,
    entryPoints: ['test/engine/simulation/simulate.ts'],
    plugins: [mutation],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
    outfile,
  })
  for (const file of Object.keys(patches)) if (!applied.has(file)) throw new Error(`${file} is not part of the simulation`)
  return import(outfile) as Promise<typeof import('./simulate.ts')>
}

function patched(source: string, changes: readonly (readonly [string, string])[], file: string): string {
  return changes.reduce((text, [found, instead]) => {
    if (text.split(found).length !== 2) throw new Error(`${file} has not exactly one ${found}`)
    return text.replace(found, () => instead)
  }, source)
}
