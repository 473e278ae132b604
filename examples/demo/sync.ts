/** The main job, from a git repository to a cluster. A real one is left as it was: everything is in a namespace `shop` of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClusterApi, FleetkitError, formatPlan, formatRef, hasCode, type ObjectRef, Sync, SyncRunner } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryCluster } from 'fleetkit/memory'
import { sqliteStore } from 'fleetkit/sqlite'
import { playDeployments } from 'fleetkit/testing'
import { versions } from './app.ts'
import { title } from './board.ts'
import { makeRepository } from './repository.ts'

/** Where the demo takes place: in memory, or in a real cluster. */
export interface DemoCluster {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
}

export async function demoSync(values: DemoCluster): Promise<void> {
  const real = values.kubeconfig !== undefined || values.context !== undefined
  const folder = mkdtempSync(join(tmpdir(), 'fleetkit-demo-'))
  const color = process.stdout.isTTY

  try {
    const url = makeRepository(join(folder, 'shop'), versions)
    await using cluster: ClusterApi = real
      ? await kubernetesCluster({ kubeconfigPath: values.kubeconfig, context: values.context })
      : memoryCluster()
    await using _deployments = real ? undefined : playDeployments(cluster)
    await using store = sqliteStore(join(folder, 'fleet.db'))
    await using git = gitRepositories({ backend: 'cli', allowFile: true, cacheDir: join(folder, 'git') })
    const runner = new SyncRunner({ cluster, git, store })
    runner.events.on('sync.applied', ({ ref, action }) => console.log(`  ${action.padEnd(6)} ${formatRef(ref)}`))
    runner.events.on('sync.pruned', ({ ref }) => console.log(`  prune  ${formatRef(ref)}`))

    let sync = new Sync({
      metadata: { name: 'shop', namespace: 'fleet' },
      spec: { source: { git: { url, tag: 'v1.0.0' } }, path: './deploy', prune: true, wait: !real, timeout: '30s' },
    })
    await store.create(sync.toObject())
    const at = async (tag: string): Promise<Sync> => {
      const object = await store.get(sync.ref)
      const next = Sync.from(object ?? sync.toObject()).with((draft) => {
        draft.spec.source.git.tag = tag
      })
      sync = Sync.from(await store.update(next.toObject()))
      return sync
    }
    const run = async (): Promise<void> =>
      console.log(`  = ${(await runner.run(sync)).conditions?.find(({ type }) => type === 'Ready')?.message}`)

    title('1. Version 1 of a small app goes to the cluster, exactly as tagged')
    sync = await at('v1.0.0')
    await run()

    title('2. What would version 2 do? Nothing is touched yet')
    console.log(
      formatPlan(await runner.plan(await at('v2.0.0')), { color })
        .replace(/\n+/g, '\n  ')
        .replace(/^/, '  '),
    )

    title('3. Version 2 is applied; what is no longer in it is pruned')
    await run()

    title('4. The web tier is scaled by hand; the next attempt corrects it')
    await scale(cluster, { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }, 9)
    const drift = runner.events.on('sync.drift', ({ ref, fields }) => console.log(`  drift  ${formatRef(ref)}: ${fields.join(', ')}`))
    await run()
    drift[Symbol.dispose]()

    title('5. Version 3 holds no manifests: it is refused, and nothing is lost')
    await at('v3.0.0')
    await runner.run(sync).catch((error: unknown) => {
      if (!(error instanceof FleetkitError)) throw error
      console.log(`  ! ${error.code}: ${error.message.replace(/@sha1:\w+/, '')}`)
    })

    title('6. Back to version 1: the same commit as before')
    await at('v1.0.0')
    await run()
    if (real) await runner.remove(sync)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What `kubectl scale` does: the cluster's own controllers write the object too, so it may take more than one try. */
async function scale(cluster: ClusterApi, ref: ObjectRef, replicas: number): Promise<void> {
  const live = await cluster.get(ref)
  if (live === undefined) return
  try {
    await cluster.update({ ...live, spec: { ...(live.spec as object), replicas } })
  } catch (error) {
    if (!hasCode(error, 'store/conflict')) throw error
    await scale(cluster, ref, replicas)
  }
}
