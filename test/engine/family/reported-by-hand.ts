import { type AssemblageStatus, type AssembledSyncStatus, type KubeObject, mirrorWriteAnnotation } from 'fleetkit'
import type { Stop } from '../running.ts'
import { assigned, publish, revisionOf } from './assigned-modules.ts'
import { copyRef, type World, world } from './remote-assemblage-world.ts'

const second = 1000
/** Since when each sync is as it is reported. */
export const since = '2026-02-01T00:00:00Z'

/** A management alone, in which what the Assemblage reports is written by hand: no outcome is missed, and none comes by itself. */
export async function reported(): Promise<{ readonly w: World; readonly stop: Stop }> {
  const w = await world('connected')
  await publish(w.hub, ...['a', 'b', 'c'].flatMap((name) => [revisionOf(name), revisionOf(name, 2)]))
  await w.put({ syncs: [], modules: [assigned(revisionOf('a')), assigned(revisionOf('b'))] })
  const stop = w.manage()
  await w.clock.advance(5 * second)
  return { w, stop }
}

export type States = Readonly<Record<string, AssembledSyncStatus['state']>>

/** Has the Assemblage report how its syncs are, of the write that it is of. */
export async function report(
  w: World,
  states: States,
  {
    status = 'Unknown',
    stalled = false,
    observed,
  }: { readonly status?: 'True' | 'False' | 'Unknown'; readonly stalled?: boolean; readonly observed?: string | undefined } = {},
): Promise<void> {
  const copy = (await w.eu.get(copyRef)) as KubeObject
  const common = { lastTransitionTime: since, observedGeneration: copy.metadata.generation, reason: 'Reported', message: 'by hand' }
  const said: AssemblageStatus = {
    observed: observed ?? copy.metadata.annotations?.[mirrorWriteAnnotation],
    conditions: [{ ...common, type: 'Ready', status }, ...(stalled ? [{ ...common, type: 'Stalled', status: 'True' as const }] : [])],
    syncs: Object.entries(states).map(([name, state]) => ({ name, state, reason: state, message: `${name} is ${state}`, since })),
  }
  await w.eu.update({ ...copy, status: JSON.parse(JSON.stringify(said)) }, { subresource: 'status' })
  await w.clock.advance(2 * second)
}
