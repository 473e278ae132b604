/**
 * The program that runs in a cluster: it applies Syncs there, reaches other clusters by the kubeconfigs in their Secrets, and takes what a management has for this one. Of several
 * replicas one works. `Dockerfile` beside it makes its image; `examples/bootstrap` brings it into a bare cluster.
 */
import { createServer, type ServerResponse } from 'node:http'
import { consoleLogger, fleetControllers, Manager, type Runnable } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { prometheusMetrics } from 'fleetkit/prometheus'

const { POD_NAMESPACE: namespace = 'fleetkit', PORT = '8080' } = process.env
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

await using cluster = await kubernetesCluster()
await using git = gitRepositories()
await using manager = new Manager({
  store: cluster,
  cluster,
  git,
  connect: kubeconfigSecrets(),
  logger: consoleLogger({ format: 'json' }),
  leaderElection: { namespace, name: 'fleetkit-controller' },
})
using metrics = prometheusMetrics(manager.events)

const answers: Readonly<Record<string, (answer: ServerResponse) => void>> = {
  '/healthz': (answer) => answer.end('ok'),
  '/readyz': (answer) => {
    const { ready, message } = manager.readiness
    answer.writeHead(ready ? 200 : 503).end(message)
  },
  '/metrics': (answer) => answer.setHeader('content-type', metrics.contentType).end(metrics.text()),
}
const http: Runnable = {
  name: 'http',
  needsLeaderElection: false,
  run: ({ signal }) =>
    new Promise((resolve, reject) => {
      const server = createServer(({ url = '' }, answer) => (answers[url] ?? notFound)(answer))
      server
        .once('error', reject)
        .once('close', resolve)
        .listen({ port: Number(PORT), signal })
    }),
}
const notFound = (answer: ServerResponse): void => void answer.writeHead(404).end()

manager.add(...fleetControllers(), http)
await manager.run({ signal: stop.signal })
