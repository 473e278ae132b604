import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { promisify } from 'node:util'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { expect, test } from 'vitest'
import { runs } from '../../../random-tests.ts'
import { describeWithServers, sharedControlPlane } from '../../../servers/index.ts'

describeWithServers('writes that are aborted amid their requests', () => {
  test('never make the process stand still', { timeout: runs(60_000) }, async () => {
    const { kubeconfig, kubeconfigPath } = await sharedControlPlane()
    const namespace = `aborted-${randomBytes(4).toString('hex')}`
    await using cluster = await kubernetesCluster({ kubeconfig })
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const rounds = runs(20)
    const program = path.join(import.meta.dirname, 'aborted-writes-process.ts')
    const args = ['--conditions=fleetkit:source', program, kubeconfigPath, namespace, String(rounds)]
    // One that stands still takes all memory within half a minute.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: runs(20_000), killSignal: 'SIGKILL' })
    expect(JSON.parse(stdout)).toEqual({ aborted: rounds, found: true })
  })
})
