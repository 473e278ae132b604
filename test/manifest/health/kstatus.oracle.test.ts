import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'
import { assessHealth, flux, type HealthProfile, kstatus } from 'fleetkit/health'
import { expect, test } from 'vitest'
import { describeWithOracle, run } from '../../oracles/index.ts'
import { runs, seed } from '../../random-tests.ts'
import vectors from '../../vectors/health.json' with { type: 'json' }
import { malformedObject, wellFormedObject } from './objects.ts'

interface Answer {
  readonly status: string
  readonly error?: string
}

const profiles: readonly HealthProfile[] = [kstatus, flux]

describeWithOracle('kstatus and Flux give the same verdict', 'health', (ask, path) => {
  /** What the oracle and we say differently. */
  const differences = async (profile: HealthProfile, objects: readonly KubeObject[]) => {
    const answers = (await ask(objects.map((object) => ({ profile: profile.name, object })))) as readonly Answer[]
    const now = Date.now()
    return objects.flatMap((object, index) => {
      const answer = answers[index] as Answer
      const { status, rule } = assessHealth(object, { now, profile })
      // What Go cannot even read, or dies of, is no verdict.
      const comparable = answer.status !== 'Refused' && answer.status !== 'Panic'
      return comparable && answer.status !== status ? [{ theirs: answer, ours: `${status} ${rule}`, object: JSON.stringify(object) }] : []
    })
  }

  test.each(profiles)('on random objects: $name', async (profile) => {
    expect(await differences(profile, fc.sample(wellFormedObject, { seed, numRuns: runs(4000) }))).toEqual([])
  })

  test.each(profiles)('on objects with a field of the wrong form: $name', async (profile) => {
    expect(await differences(profile, fc.sample(malformedObject, { seed, numRuns: runs(3000) }))).toEqual([])
  })

  test.each(profiles)('on the inputs of other people’s tests: $name', async (profile) => {
    const lines = (await run(path, ['inputs'])).trim().split('\n')
    const inputs = lines.map((line) => (JSON.parse(line) as { readonly object: KubeObject }).object)
    expect(inputs.length).toBeGreaterThan(1000)
    expect(await differences(profile, inputs)).toEqual([])
  })

  test.each(profiles)('on what was written by hand: $name', async (profile) => {
    const inputs = vectors.map(({ object }) => object as unknown as KubeObject)
    expect(await differences(profile, inputs)).toEqual([])
  })
})
