import type { KubeObject } from 'fleetkit'
import { assessHealth } from 'fleetkit/manifest'
import { expect, test } from 'vitest'
import vectors from '../../vectors/health.json' with { type: 'json' }

test.each(vectors)('$name', ({ object, now, expected }) => {
  expect(assessHealth(object as unknown as KubeObject, { now: Date.parse(now) })).toMatchObject(expected)
})
