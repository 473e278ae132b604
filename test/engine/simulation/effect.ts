import type { KubeObject } from 'fleetkit'
import type { Effect } from '../../internals.ts'
import { inventoryOf, specTagOf, statusOf, syncNameOf, tagOf } from './facts.ts'
import { kindOrder, valueIn } from './versions.ts'

/** A write as a line. */
export function lineOf({ manager, method, ref, before, after }: Effect): string {
  const sayOf = (object: KubeObject | undefined): string => {
    if (object === undefined) return 'nothing'
    const { generation, deletionTimestamp, uid } = object.metadata
    const going = deletionTimestamp === undefined ? '' : ' terminating'
    if (object.kind === 'Cluster') return JSON.stringify({ spec: object.spec, status: object.status })
    if (kindOrder.includes(object.kind)) return `${uid} ${valueIn(object)} of ${syncNameOf(object)}${going}`
    const status = statusOf(object)
    const ready = status.conditions?.find(({ type }) => type === 'Ready')
    const attempted = `${tagOf(status.lastAttemptedRevision)} ${ready?.status} ${ready?.reason} at ${status.observedGeneration}`
    return `${uid} ${generation}: ${specTagOf(object)}${going}; ${attempted}, ${[...inventoryOf(status)].join()}`
  }
  return `${manager} ${method} ${ref.kind}/${ref.name}: ${sayOf(before)} -> ${sayOf(after)}`
}
