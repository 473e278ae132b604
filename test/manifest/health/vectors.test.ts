import { expect, test } from 'vitest'
import { assessHealth } from '../../../src/manifest/health/assess.ts'
import type { KubeObject } from '../../../src/model/object.ts'
import vectors from '../../vectors/health.json' with { type: 'json' }

test.each(vectors)('$name', ({ object, now, expected }) => {
  expect(assessHealth(object as unknown as KubeObject, { now: Date.parse(now) })).toMatchObject(expected)
})
