/** A version goes out over a fleet: forecast, canary, a failure that halts it, why, and a rollback. At the end a page shows all of it. */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { type KubeObject, Module, type ModuleStatus } from 'fleetkit'
import { historyOfLogs, readLogs } from 'fleetkit/fleet'
import { forecast } from 'fleetkit/forecast'
import { RolloutOperations } from 'fleetkit/operations'
import { Canary, Rolling } from 'fleetkit/rollout'
import { fleetPage, formatRolloutGantt, historyTimeline } from 'fleetkit/views'
import { versions } from './app.ts'
import { Board, title } from './board.ts'
import { demoWorld, labelsOf, names, namespace } from './world.ts'

const apiVersion = 'fleetkit.dev/v1alpha1'
const url = 'https://git.example.com/shop.git'
const bad = 'us-east-2'
const rollout = new Canary({
  selector: { matchLabels: { stage: 'canary' } },
  soak: '30m',
  next: new Rolling({ maxUnavailable: 1, within: 'region' }),
})

export async function demoFleet({ page }: { readonly page?: string | undefined }): Promise<void> {
  const board = new Board(names)
  await using world = await demoWorld((cluster, state) => board.show(cluster, state, time()), bad)
  const { clock, store, git, rollouts, versioned } = world
  const time = (): string => new Date(clock.now()).toISOString().slice(11, 16)
  for (const [tag, files] of Object.entries(versions)) git.tag(url, tag, git.commit(url, files))
  const fleet = new RolloutOperations({ store, namespace, clock })

  const shop = async (): Promise<KubeObject> => (await store.get({ apiVersion, kind: 'Module', namespace, name: 'shop' })) as KubeObject
  const release = async (tag: string): Promise<void> => {
    const source = { git: { url, tag } }
    const wanted = new Module({
      metadata: { name: 'shop', namespace },
      spec: { source, path: './deploy', clusters: {}, rollout, wait: true, timeout: '10m' },
    })
    const present = await store.get(wanted.ref)
    await (present === undefined ? store.create(wanted.toObject()) : store.update({ ...present, spec: wanted.toObject().spec }))
  }
  const until = async (...phases: readonly string[]): Promise<void> => {
    const from = clock.now()
    for (;;) {
      await clock.advance(10_000)
      const { phase } = ((await shop()).status ?? {}) as Partial<ModuleStatus>
      if (clock.now() - from > 60_000 && phase !== undefined && phases.includes(phase)) break
    }
    board.leave()
    console.log(`  = ${((await shop()).status as ModuleStatus).conditions?.find(({ type }) => type === 'Ready')?.message}`)
  }

  title('1. Twelve clusters in three regions have version 1')
  await release('v1.0.0')
  await until('Complete')
  board.isQuiet = false

  title('2. What would become of version 2? A forecast, before anything moves')
  const clusters = names.map((id) => ({ id, labels: labelsOf(id) }))
  const expected = forecast({ rollout, clusters, assume: { readyAfter: '90s', failing: [bad] } })
  console.log(formatRolloutGantt(expected, { width: 40 }).replace(/^/gm, '  '))

  title(`3. Version 2 goes out: the canary, half an hour, then one cluster of each region at a time. ${bad} cannot start it`)
  await world.breakNodes()
  const began = clock.now()
  await release('v2.0.0')
  await until('Halted')

  title('4. Why?')
  for (const cluster of ['eu-west-1', bad, 'us-east-4'])
    console.log(`  ${cluster.padEnd(10)}  ${versioned(rollouts.explain({ namespace, cluster, module: 'shop' })?.message ?? '')}`)

  title('5. Back to version 1: what was good goes out without a canary')
  world.repairNodes()
  await fleet.rollBack('shop')
  await until('Complete')

  const { items } = await store.list({ apiVersion, kind: 'RolloutLog' }, { namespace })
  const timeline = historyTimeline(historyOfLogs(readLogs(items).logs), {
    module: 'shop',
    clusters: clusters.map((each) => ({ ...each, stage: each.labels.stage ?? '' })),
    from: began,
    to: clock.now(),
  })
  const file = page ?? join(tmpdir(), 'fleetkit-demo.html')
  writeFileSync(file, fleetPage(timeline, { deflate: deflateSync }))
  title(`All of it to look through, as one page: ${file}`)
}
