import { expect, it } from 'vitest'
import { describeWithServers, kubectl, sharedControlPlane, startApiServer } from './index.ts'

describeWithServers('the real servers', () => {
  it('share one control plane, whose clock and version kubectl accepts', async () => {
    const shared = await sharedControlPlane()
    expect((await sharedControlPlane()).url).toBe(shared.url)
    const { serverVersion, clientVersion } = JSON.parse(await kubectl(shared.kubeconfigPath, ['version', '--output=json']))
    expect(serverVersion.gitVersion).toBe(clientVersion.gitVersion)
  })

  it('keep two API servers on one etcd apart, and their data over a restart', { timeout: 60_000 }, async () => {
    const shared = await sharedControlPlane()
    await using other = await startApiServer({ etcd: shared.etcd })
    await kubectl(other.kubeconfigPath, ['create', 'namespace', 'here'])
    await expect(kubectl(shared.kubeconfigPath, ['get', 'namespace', 'here'])).rejects.toThrow(/not found/)
    await other.stop({ kill: true })
    await expect(kubectl(other.kubeconfigPath, ['get', 'namespace', 'here'])).rejects.toThrow()
    await other.start()
    expect(await kubectl(other.kubeconfigPath, ['get', 'namespace', 'here', '--output=name'])).toBe('namespace/here\n')
  })
})
