import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import type { ClusterSubject } from './subject.ts'

const hour = 3600

/** What a cluster that gives tokens promises of them. */
export const tokenCases: ConformanceCases<ClusterSubject> = {
  'a token of a ServiceAccount names it, and lasts as long as was asked': async ({ cluster, namespace }) => {
    if (cluster.createToken === undefined) return
    await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'robot' } })
    const { token, expiresAt } = await cluster.createToken({ namespace, name: 'robot' }, { expirationSeconds: hour })
    const [, claims = ''] = token.split('.')
    const { sub, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))
    assert.equal(sub, `system:serviceaccount:${namespace}:robot`)
    assert.equal(exp - iat, hour)
    // They are times of the same clock, to the second.
    assert.ok(Math.abs(Date.parse(expiresAt) / 1000 - exp) <= 1)
    const other = await cluster.createToken({ namespace, name: 'robot' }, { expirationSeconds: hour })
    assert.notEqual(other.token, token)
  },

  'no token is given for less than ten minutes, or of no ServiceAccount': async ({ cluster, namespace }) => {
    if (cluster.createToken === undefined) return
    const absent = { namespace, name: 'absent' }
    await rejects(cluster.createToken(absent, { expirationSeconds: hour }), 'store/not-found')
    await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'robot' } })
    await rejects(cluster.createToken({ namespace, name: 'robot' }, { expirationSeconds: 599 }), 'cluster/invalid')
  },
}
