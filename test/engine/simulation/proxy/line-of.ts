import type { KubeObject } from 'fleetkit'
import type { Effect } from '../../../internals.ts'
import { specTagOf, statusOf, tagOf } from '../facts.ts'
import { valueIn } from '../versions.ts'
import { keeperIn, proxyStatusOf, readyOf, wantedTagOf, writeIn } from './facts.ts'

/** A write as a line. */
export function lineOf(place: string, { manager, method, ref, before, after }: Effect): string {
  return `${manager} ${method} ${ref.kind}/${ref.name} in ${place}: ${sayOf(before)} -> ${sayOf(after)}`
}

function sayOf(object: KubeObject | undefined): string {
  if (object === undefined) return 'nothing'
  const { uid, generation, deletionTimestamp, finalizers = [] } = object.metadata
  const going = deletionTimestamp === undefined ? '' : ` terminating (${finalizers.join()})`
  if (object.kind === 'ProxySync') {
    const { copy, lastAppliedRevision, ...status } = proxyStatusOf(object)
    const ready = readyOf(status)
    const kept = copy && `${copy.uid} ${copy.write} ${copy.restoredAt ?? ''}`
    return `${uid} ${generation}: ${wantedTagOf(object)}${going}; ${tagOf(lastAppliedRevision)} ${ready?.status} ${ready?.reason} at ${ready?.observedGeneration}, ${kept}`
  }
  if (object.kind === 'Sync') {
    const status = statusOf(object)
    const ready = readyOf(status)
    const write = Object.values(writeIn(object) ?? {}).join('/')
    return `${uid} ${generation}: ${specTagOf(object)} of ${keeperIn(object)} ${write}${going}; ${tagOf(status.lastAppliedRevision)} ${ready?.status} ${ready?.reason} at ${ready?.observedGeneration}, ${status.observed}`
  }
  if (object.kind === 'Cluster') return JSON.stringify({ spec: object.spec, status: object.status })
  return `${uid} ${valueIn(object)}${going}`
}
