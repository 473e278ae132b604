import { lintStrategy } from 'fleetkit/forecast'

import { describe, expect, test } from 'vitest'
import { mutants } from './simulation/mutants.ts'
import { simulateMany } from './simulation/run.ts'
import { slips } from './simulation/slips.ts'

describe('P24: bugs of the field, put back in, are noticed', () => {
  test.each(Object.entries({ ...mutants, ...slips }))(
    '%s is noticed',
    (name, { planner, killedBy }) => {
      const { simulated, violations } = simulateMany(planner, 1, 6000, (property) => killedBy.includes(property))
      const found = killedBy.find((property) => violations.has(property))
      process.stdout.write(`${name}: ${found ?? 'survives'} after ${simulated}\n`)
      expect(found).toBeDefined()
    },
    600_000,
  )

  test('B18: a tolerance that stalls before it halts is pointed out', () => {
    const codes = (maxFailures: number): readonly string[] =>
      lintStrategy({ stages: [{ name: 'fleet', maxUnavailable: 2, maxFailures, progressDeadline: 1 }] }).map(({ code }) => code)
    expect(codes(1)).toEqual([])
    expect(codes(2)).toEqual(['tolerance-unreachable'])
  })
})
