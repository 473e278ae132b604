import { memoryCluster } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { crashKinds, type Lasting, play } from './crash-play.ts'
import { crashScenarios } from './crash-scenarios.ts'

function inMemory(): Lasting {
  const clock = new VirtualClock()
  let uid = 0
  return { cluster: memoryCluster({ clock, uid: () => `uid-${++uid}` }), namespace: 'default', clock }
}

test.each(Object.entries(crashScenarios))(
  'a crash before, in or after any call of %s loses nothing',
  { timeout: 120_000 },
  async (_, scenario) => {
    const whole = await play(inMemory(), scenario)
    for (const step of scenario.crashes ?? [scenario.steps.length - 1]) {
      const calls = whole.calls[step] ?? []
      expect(calls.filter(({ writes }) => writes).length).toBeGreaterThan(0)
      for (const at of calls.keys())
        for (const when of crashKinds) {
          const { state, crashed } = await play(inMemory(), scenario, { step, at, when })
          expect(crashed, `nothing crashed at call ${at} of step ${step}`).toBe(true)
          expect(state, `a crash ${when} call ${at} of step ${step}, ${calls[at]?.method}`).toEqual(whole.state)
        }
    }
  },
)
