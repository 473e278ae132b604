import { fluxDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { type DriverSubject, driverConformance } from 'fleetkit/testing'
import { describe, test } from 'vitest'
import { PlayedFlux } from './played-flux.ts'

async function subject(): Promise<DriverSubject> {
  const store = memoryStore()
  const flux = new PlayedFlux(store)
  return {
    driver: fluxDriver(),
    store,
    url: 'https://git.example.com/shop.git',
    commits: ['a'.repeat(40), 'b'.repeat(40)],
    settle: () => flux.settle(),
    lookAgain: () => flux.lookAgain(),
    applied: () => flux.applied(),
    [Symbol.asyncDispose]: () => store.close(),
  }
}

describe('the driver flux', () => driverConformance({ test, make: subject }))
