/**
 * A manager in a process of its own that writes for as long as it leads. Once it reads a line, it stops itself as SIGSTOP does: before
 * a call, or amid the requests of one. Prints the code of the error with which it ended.
 */
import diagnostics from 'node:diagnostics_channel'
import { type FleetkitError, Manager } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'

const [kubeconfigPath = '', namespace = '', holder = '', where = ''] = process.argv.slice(2)
let asked = false
process.stdin.once('data', () => {
  asked = true
})
const pause = (place: string): void => {
  if (!asked || place !== where) return
  asked = false
  process.kill(process.pid, 'SIGSTOP')
}
// Not in the callback itself: other requests of the same turn of the event loop may not have left the process yet.
diagnostics.subscribe('undici:request:headers', () => setImmediate(() => pause('amid a call')))

const cluster = await kubernetesCluster({ kubeconfigPath })
const manager = new Manager({ store: cluster, cluster, leaderElection: { namespace, name: 'writers', holder, durationMs: 1500 } })
manager.add({
  name: 'writer',
  async run({ cluster, signal }) {
    for (let round = 0; !signal.aborted; round++) {
      const objects = Array.from({ length: 100 }, (_, index) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `map-${index}`, namespace },
        data: { holder, round: String(round) },
      }))
      pause('before a call')
      await cluster?.apply(objects, { fieldManager: 'writer', force: true })
    }
  },
})
const ended = await manager.run().then(
  () => 'stopped',
  ({ code, message }: FleetkitError) => `${code}: ${message}`,
)
process.stdout.write(`${ended}\n`)
process.exit()
