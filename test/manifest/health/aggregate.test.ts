import fc from 'fast-check'
import { aggregateHealth, type Health, type HealthStatus } from 'fleetkit/manifest'
import { expect, test } from 'vitest'

const health = (status: HealthStatus, nextCheckAt?: number): Health => ({
  status,
  rule: 'generic/ready',
  message: 'so',
  evidence: [],
  ...(nextCheckAt === undefined ? {} : { nextCheckAt }),
})
const statusOf = (statuses: readonly HealthStatus[], desired?: 'NotFound') =>
  aggregateHealth(
    statuses.map((status) => health(status)),
    desired === undefined ? {} : { desired },
  ).status

test.each<[readonly HealthStatus[], HealthStatus]>([
  [[], 'Current'],
  [['Current', 'Current'], 'Current'],
  [['Current', 'InProgress'], 'InProgress'],
  [['Current', 'Suspended'], 'InProgress'],
  [['Current', 'Terminating'], 'InProgress'],
  [['Current', 'NotFound'], 'InProgress'],
  [['NotFound', 'NotFound'], 'InProgress'],
  [['Current', 'Unknown', 'InProgress'], 'Unknown'],
  [['Unknown', 'Failed', 'Current'], 'Failed'],
])('%j together are %s', (statuses, expected) => {
  expect(statusOf(statuses)).toBe(expected)
})

test('after deleting, NotFound is what is waited for', () => {
  expect(statusOf(['NotFound', 'NotFound'], 'NotFound')).toBe('NotFound')
  expect(statusOf(['NotFound', 'Terminating'], 'NotFound')).toBe('InProgress')
  expect(statusOf(['NotFound', 'Current'], 'NotFound')).toBe('InProgress')
  expect(statusOf([], 'NotFound')).toBe('NotFound')
})

test('counts, says and wakes for all of them, in whatever order they come', () => {
  const all = [health('Current'), health('InProgress', 30), health('InProgress', 20), health('Failed')]
  expect(aggregateHealth(all)).toEqual({
    status: 'Failed',
    message: 'Of 4 objects: 1 Current, 2 InProgress, 1 Failed.',
    counts: { Current: 1, InProgress: 2, Failed: 1, Suspended: 0, Terminating: 0, NotFound: 0, Unknown: 0 },
    nextCheckAt: 20,
  })
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: 4 }), (shuffled) => {
      expect(aggregateHealth(shuffled)).toEqual(aggregateHealth(all))
    }),
  )
})
