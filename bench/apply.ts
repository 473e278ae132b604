/**
 * Claim: applying 1,000 ConfigMaps costs at most 1.2 times the bare PATCH requests, and an unchanged sync of them at most
 * 6 requests and 1.5 times those requests alone. On a real API server.
 */
import diagnostics from 'node:diagnostics_channel'
import { Sync, SyncRunner } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryGit } from 'fleetkit/memory'
import { Agent } from 'undici'
import { kubectl, startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { measure } from './measure.ts'

const count = 1000
const url = 'https://git.example.com/maps.git'
const manifest = (index: number): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: map-${index}, labels: { app: bench } }\ndata: { index: "${index}", text: "${'x'.repeat(200)}" }\n`

export async function run(): Promise<void> {
  await using etcd = await startEtcd()
  await using server = await startApiServer({ etcd, args: ['--max-requests-inflight=2000', '--max-mutating-requests-inflight=1000'] })
  await using cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
  const git = memoryGit()
  git.tag(
    url,
    'v1',
    git.commit(url, Object.fromEntries(Array.from({ length: count }, (_, index) => [`map-${index}.yaml`, manifest(index)]))),
  )

  let namespace = ''
  let namespaces = 0
  let applies: readonly SentRequest[] = []
  const prepare = async (): Promise<void> => {
    const before = namespace
    namespace = `bench-${++namespaces}`
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const here = (text: string): string => text.replaceAll(before, namespace)
    applies = applies.map(({ method, path, body }) => ({ method, path: here(path), body: here(body) }))
  }
  const sync = (): Sync => new Sync({ metadata: { name: 'maps', namespace }, spec: { source: { git: { url, tag: 'v1' } }, prune: true } })
  await prepare()
  // What a Sync applies, with the labels that it adds.
  applies = (await requestsOf(() => new SyncRunner({ cluster, git }).run(sync()))).filter(({ method }) => method === 'PATCH')
  if (applies.length !== count) throw new Error(`${applies.length} objects were applied`)
  const bare = async (options: Agent.Options, workers: number, parsed = false): Promise<void> => {
    const agent = new Agent({ ...options, connect: { ca: server.ca } })
    const work = applies.values()
    const headers = { authorization: `Bearer ${server.tokenOf('admin')}`, 'content-type': 'application/apply-patch+yaml' }
    await Promise.all(
      Array.from({ length: workers }, async () => {
        for (const { path, body } of work) {
          const response = await agent.request({ origin: server.url, path, method: 'PATCH', headers, body })
          if (response.statusCode >= 300) throw new Error(await response.body.text())
          if (parsed) await response.body.json()
          else await response.body.dump()
        }
      }),
    )
    await agent.close()
  }

  const multiplexed = { allowH2: true, connections: 1, pipelining: 64, maxConcurrentStreams: 64 }
  await measure({
    title: `Apply ${count} new ConfigMaps to a real API server`,
    rounds: 21,
    warmUp: 3,
    contenders: [
      { name: 'fleetkit, a whole Sync', prepare, run: async () => void (await new SyncRunner({ cluster, git }).run(sync())) },
      {
        name: 'bare PATCH requests, HTTP/2 with 64 streams',
        prepare,
        run: () => bare(multiplexed, 64),
      },
      {
        name: 'the same, each answer parsed',
        prepare,
        run: () => bare(multiplexed, 64, true),
      },
      { name: 'bare PATCH requests, 16 keep-alive connections', prepare, run: () => bare({ connections: 16 }, 16) },
      {
        name: 'kubectl apply --server-side',
        rounds: 1,
        prepare,
        run: async () => {
          const input = Array.from({ length: count }, (_, index) => manifest(index)).join('---\n')
          await kubectl(server.kubeconfigPath, ['apply', '--server-side', '--namespace', namespace, '--filename', '-'], input)
        },
      },
    ],
  })

  await prepare()
  const runner = new SyncRunner({ cluster, git })
  await runner.run(sync())
  const sent = await requestsOf(() => runner.run(sync()))
  const agent = new Agent({ allowH2: true, connect: { ca: server.ca } })
  await measure({
    title: `Sync the same ${count} ConfigMaps again, unchanged, in ${sent.length} requests`,
    rounds: 15,
    warmUp: 10,
    contenders: [
      {
        name: 'fleetkit, a whole Sync',
        run: async () => {
          const status = await runner.run(sync())
          if (!status.conditions?.some(({ message }) => message.includes('nothing to change'))) throw new Error('something was changed')
        },
      },
      {
        name: 'its requests alone, one after the other, each answer parsed',
        run: async () => {
          for (const { method, path, body } of sent) {
            const headers = {
              authorization: `Bearer ${server.tokenOf('admin')}`,
              ...(body !== '' && { 'content-type': 'application/json' }),
            }
            const response = await agent.request({ origin: server.url, path, method, headers, body: body === '' ? null : body })
            const answer = (await response.body.json()) as { message?: string }
            if (response.statusCode >= 300) throw new Error(answer.message)
          }
        },
      },
    ],
  })
  await agent.close()
}

interface SentRequest {
  readonly method: string
  readonly path: string
  /** Empty when there is none. */
  readonly body: string
}

/** The requests that some work sends, so that they can be sent again: without the version of what is written. */
async function requestsOf(work: () => Promise<unknown>): Promise<readonly SentRequest[]> {
  const sent: SentRequest[] = []
  const recorded = (message: unknown): void => {
    const { method, path, body } = (message as { request: { method: string; path: string; body: Uint8Array | null } }).request
    const text = body === null ? '' : new TextDecoder().decode(body)
    sent.push({ method, path, body: text.replace(/"resourceVersion":"\d+",?/, '') })
  }
  const channel = diagnostics.channel('undici:request:create')
  channel.subscribe(recorded)
  await work().finally(() => channel.unsubscribe(recorded))
  return sent
}
