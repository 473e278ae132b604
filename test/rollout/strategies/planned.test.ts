import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { RolloutSpec } from 'fleetkit'
import {
  AllAtOnce,
  Canary,
  OneAtATime,
  parseStrategy,
  planRollout,
  Rolling,
  type RolloutStrategy,
  Staged,
  type TargetView,
} from 'fleetkit/rollout'
import { plannerWindows, type RolloutWindows } from 'fleetkit/windows'
import { describe, expect, test } from 'vitest'
import { resolveStrategy } from '../../internals.ts'
import { arbitraryCanonical } from './arbitrary-strategy.ts'

const { compiled } = JSON.parse(readFileSync(new URL('../../vectors/strategies.json', import.meta.url), 'utf8')) as {
  readonly compiled: readonly { readonly name: string; readonly strategy: RolloutSpec }[]
}
/** What the planner refuses outright. */
const errorsOf = (strategy: RolloutStrategy) => resolveStrategy(strategy.compile()).errors

function ready(id: string, labels: Record<string, string>): TargetView {
  const version = { version: 'v1', generation: 1 }
  return { id, labels, reach: { ok: true, since: 0 }, assigned: { ...version, at: 0 }, observed: { ...version, phase: 'ready', since: 0 } }
}
const fleet = [
  ready('eu-1', { region: 'eu', canary: 'true' }),
  ready('eu-2', { region: 'eu' }),
  ready('us-1', { region: 'us' }),
  ready('us-2', { region: 'us' }),
]
const now = Date.UTC(2026, 2, 29, 12)

function started(strategy: RolloutStrategy, windows: RolloutWindows = {}): readonly string[] {
  const { windows: open, freezes } = plannerWindows(windows, { from: now, to: now + 86_400_000 })
  const module = { id: 'ingress', version: 'v2' }
  return planRollout({ now, module, strategy: strategy.compile(), targets: fleet, windows: open, freezes }, null).actions.map(
    ({ target }) => target,
  )
}

describe('the planner takes', () => {
  test.each(compiled)('$name', ({ strategy }) => {
    expect(errorsOf(parseStrategy(strategy))).toEqual([])
  })

  test('whatever a strategy can be made from', () => {
    fc.assert(
      fc.property(arbitraryCanonical, (canonical) => {
        expect(errorsOf(Staged.of({ compile: () => canonical }))).toEqual([])
      }),
    )
  })
})

describe('of four ready clusters in two regions', () => {
  test.each<[string, RolloutStrategy, readonly string[]]>([
    ['AllAtOnce starts all', new AllAtOnce(), ['eu-1', 'eu-2', 'us-1', 'us-2']],
    ['OneAtATime starts one', new OneAtATime(), ['eu-1']],
    ['OneAtATime starts the first in order', new OneAtATime({ sortBy: [{ label: 'region', order: 'descending' }] }), ['us-1']],
    ['Rolling starts as many as may be unavailable', new Rolling({ maxUnavailable: '50%' }), ['eu-1', 'eu-2']],
    ['Rolling within a region starts one in each', new Rolling({ maxUnavailable: 1, within: 'region' }), ['eu-1', 'us-1']],
    ['Rolling with 0 starts none', new Rolling({ maxUnavailable: 0 }), []],
    [
      'Staged starts the first stage',
      new Staged([{ name: 'us', selector: { matchLabels: { region: 'us' } } }, { name: 'eu' }]),
      ['us-1', 'us-2'],
    ],
    ['Canary starts one', new Canary(), ['eu-1']],
    ['Canary starts the canaries', new Canary({ selector: { matchLabels: { canary: 'true' } } }), ['eu-1']],
  ])('%s', (_, strategy, expected) => {
    expect([...started(strategy)].sort()).toEqual(expected)
  })

  test('nothing starts outside a window or in a freeze, but for clusters that a freeze does not hold', () => {
    const open = { schedule: '0 13 * * *', timeZone: 'Europe/Berlin', duration: '2h' }
    const freeze = { name: 'quarter end', from: '2026-03-29T00:00:00Z', to: '2026-04-02T00:00:00Z' }
    const strategy = new AllAtOnce()
    expect(started(strategy, { allow: [open] })).toHaveLength(4)
    expect(started(strategy, { allow: [{ ...open, timeZone: 'UTC' }] })).toEqual([])
    expect(started(strategy, { freezes: [freeze] })).toEqual([])
    expect([...started(strategy, { freezes: [{ ...freeze, selector: { matchLabels: { region: 'eu' } } }] })].sort()).toEqual([
      'us-1',
      'us-2',
    ])
    expect(started(strategy, { allow: [{ ...open, duration: 'for long' }] })).toEqual([])
  })
})
