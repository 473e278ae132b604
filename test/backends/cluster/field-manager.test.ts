import fc from 'fast-check'
import { hasCode } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { Agent, fetch } from 'undici'
import { expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { describeWithServers, sharedControlPlane } from '../../servers/index.ts'

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'field-manager', namespace: 'default' }, data: { a: '1' } }

/** Blocks in which no version of Unicode adds characters: Latin, general punctuation, CJK symbols, emoticons, specials, private use. */
const blocks = [
  [0, 0x2ff],
  [0x2000, 0x206f],
  [0x3000, 0x303f],
  [0xe000, 0xe0ff],
  [0xfe00, 0xfe0f],
  [0xfff9, 0xffff],
  [0x1f600, 0x1f64f],
] as const
const character = fc.oneof(...blocks.map(([min, max]) => fc.integer({ min, max }))).map((code) => String.fromCodePoint(code))
const name = fc.oneof(
  fc.string({ unit: character, maxLength: 4 }),
  fc.tuple(character, fc.integer({ min: 30, max: 130 })).map(([unit, count]) => unit.repeat(count)),
)

describeWithServers('a field manager', () => {
  test('is accepted exactly when a real API server accepts it', async () => {
    const { url, ca, kubeconfig } = await sharedControlPlane()
    const { token } = JSON.parse(kubeconfig).users[0].user as { token: string }
    await using cluster = memoryCluster()
    const dispatcher = new Agent({ connect: { ca } })
    const accepted = { here: 0, total: 0 }
    await fc.assert(
      fc.asyncProperty(name, async (fieldManager) => {
        const here = await cluster.apply([object], { fieldManager, dryRun: true }).then(
          () => true,
          (error: unknown) => !hasCode(error, 'model/invalid'),
        )
        const query = new URLSearchParams({ fieldManager, dryRun: 'All' })
        const { status, body } = await fetch(`${url}/api/v1/namespaces/default/configmaps/${object.metadata.name}?${query}`, {
          method: 'PATCH',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/apply-patch+yaml' },
          body: JSON.stringify(object),
          dispatcher,
        })
        await body?.cancel()
        expect({ fieldManager, accepted: here }).toEqual({ fieldManager, accepted: status < 300 })
        accepted.total++
        if (here) accepted.here++
      }),
      { numRuns: runs(400) },
    )
    expect(accepted.here).toBeGreaterThan(accepted.total / 10)
    await dispatcher.close()
  }, 60_000)
})
