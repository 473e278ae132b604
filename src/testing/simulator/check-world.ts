import { describeValue, type Problem } from '../../model/errors/problem.ts'
import { type LabelSelector, matchesSelector } from '../../model/selector.ts'
import type { SimulatedWorld } from './options.ts'
import { spanProblems, unknownProblems, wholeProblems } from './problems.ts'
import type { SimulatedCluster } from './scenario.ts'

const fields: Readonly<Record<keyof SimulatedWorld, true>> = {
  readyAfter: true,
  failing: true,
  failsAfter: true,
  failsTimes: true,
  outages: true,
  faults: true,
  managers: true,
  crashes: true,
  partitions: true,
  clockJumps: true,
}
const shares = { fail: true, lose: true, twice: true, hang: true, late: true, drop: true, relist: true }
const faultFields = { ...shares, lateMs: true, delayMs: true }
/** A world in which more happens is no world. */
const most = 10_000

/** What is wrong with a world. */
export function worldProblems(world: SimulatedWorld, clusters: readonly SimulatedCluster[]): readonly Problem[] {
  if (typeof world !== 'object' || world === null)
    return [{ path: 'world', found: describeValue(world), accepted: 'what happens by itself' }]
  const { failsAfter, failsTimes, managers = 1, crashes = 0, partitions = 0, clockJumps = 0 } = world
  return [
    ...unknownProblems('world', world, fields),
    ...readyProblems(world),
    ...failingProblems(world, clusters),
    ...(failsAfter === undefined ? [] : spanProblems('world.failsAfter', failsAfter)),
    ...(failsTimes === undefined ? [] : wholeProblems('world.failsTimes', failsTimes, 0)),
    ...outageProblems(world, clusters),
    ...faultProblems(world),
    ...wholeProblems('world.managers', managers, 1, 20),
    ...Object.entries({ crashes, partitions, clockJumps }).flatMap(([name, count]) => wholeProblems(`world.${name}`, count, 0, most)),
  ]
}

function readyProblems({ readyAfter }: SimulatedWorld): readonly Problem[] {
  const path = 'world.readyAfter'
  if (readyAfter === undefined || typeof readyAfter === 'function') return []
  if (!Array.isArray(readyAfter)) return spanProblems(path, readyAfter)
  if (readyAfter.length !== 2) return [{ path, found: describeValue(readyAfter), accepted: 'a duration, or the least and the most' }]
  return readyAfter.flatMap((span, index) => spanProblems(`${path}[${index}]`, span))
}

function failingProblems({ failing }: SimulatedWorld, clusters: readonly SimulatedCluster[]): readonly Problem[] {
  if (failing === undefined || typeof failing === 'function') return []
  if (Array.isArray(failing)) return failing.flatMap((id, index) => idProblems(`world.failing[${index}]`, id, clusters))
  if (clusters.some(({ labels }) => matchesSelector(failing as LabelSelector, labels))) return []
  return [{ path: 'world.failing', found: 'a selector that selects no cluster', accepted: 'one that selects some' }]
}

function outageProblems({ outages }: SimulatedWorld, clusters: readonly SimulatedCluster[]): readonly Problem[] {
  if (outages === undefined) return []
  if (!Array.isArray(outages)) return wholeProblems('world.outages', outages, 0, most)
  return outages.flatMap(({ cluster, from, to }, index) => [
    ...idProblems(`world.outages[${index}].cluster`, cluster, clusters),
    ...spanProblems(`world.outages[${index}].from`, from),
    ...(to === undefined ? [] : spanProblems(`world.outages[${index}].to`, to)),
  ])
}

function faultProblems({ faults }: SimulatedWorld): readonly Problem[] {
  if (faults === undefined) return []
  return [
    ...unknownProblems('world.faults', faults, faultFields),
    ...Object.entries(faults).flatMap(([name, value]) => {
      const path = `world.faults.${name}`
      if (value === undefined || !Object.hasOwn(faultFields, name)) return []
      if (!Object.hasOwn(shares, name)) return spanProblems(path, value)
      return value >= 0 && value <= 1 ? [] : [{ path, found: describeValue(value), accepted: 'a share from 0 to 1' }]
    }),
  ]
}

function idProblems(path: string, id: string, clusters: readonly SimulatedCluster[]): readonly Problem[] {
  return clusters.some((cluster) => cluster.id === id)
    ? []
    : [{ path, found: describeValue(id), accepted: 'the id of one of the clusters' }]
}
