import type { ClusterApi, Json, JsonObject, KubeObject } from 'fleetkit'

type Path = readonly (string | number)[]

/**
 * Changes a field that the source of a live object sets, as a person would, so that the server takes it; at most a few are tried, from the
 * `start`th on.
 */
export async function changeByHand(cluster: ClusterApi, source: KubeObject, live: KubeObject, start: number): Promise<boolean> {
  const { apiVersion: _, kind: __, status: ___, metadata, ...content } = source as unknown as JsonObject
  const { labels = null, annotations = null } = metadata as JsonObject
  const leaves = leavesOf({ ...content, metadata: { labels, annotations } }).filter((path) => sameAt(source, live, path))
  for (let tried = 0; tried < Math.min(leaves.length, 4); tried++) {
    const path = leaves[(start + tried * 7) % leaves.length] as Path
    const changed = withValue(live as unknown as Json, path, otherThan(valueAt(live, path) as Json)) as unknown as KubeObject
    try {
      await cluster.update(changed, { fieldManager: 'hand' })
      return true
    } catch {
      // The server does not take this value, or does not let the field be changed.
    }
  }
  return false
}

/** A place that an object no longer sets. */
export interface DroppedKey {
  readonly path: Path
}

/** An object without one key of each map or list of its kind that people take keys from, and what those are. */
export function withoutKeys(object: KubeObject): { readonly object: KubeObject; readonly dropped: readonly DroppedKey[] } {
  const json = object as unknown as Json
  if (valueAt(object, ['immutable']) === true) return { object, dropped: [] }
  const maps = [['data'], ['stringData'], ['binaryData'], ['metadata', 'labels']].flatMap((path): Path[] => {
    const [key] = Object.keys((valueAt(object, path) as JsonObject | undefined) ?? {})
    return key === undefined ? [] : [[...path, key]]
  })
  const dropped = [...maps, ...firstEnv(object)]
  const changed = dropped.reduce((value, path) => withValue(value, path, undefined), json)
  return { object: changed as unknown as KubeObject, dropped: dropped.map((path) => ({ path })) }
}

/** Whether a live object still has what was dropped: of an environment, a variable of the name. */
export function stillThere(live: KubeObject, source: KubeObject, { path }: DroppedKey): boolean {
  const last = path.at(-1)
  if (typeof last === 'string') return valueAt(live, path[0] === 'stringData' ? ['data', last] : path) !== undefined
  const name = valueAt(source, [...path, 'name'])
  const list = valueAt(live, path.slice(0, -1))
  return Array.isArray(list) && list.some((item) => (item as JsonObject).name === name)
}

/** The first variable of each container of a workload whose template may change; a name that is there once. */
function firstEnv(object: KubeObject): readonly Path[] {
  if (['Job', 'Pod'].includes(object.kind)) return []
  const templates = [
    ['spec', 'template', 'spec'],
    ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  ]
  return templates.flatMap((template) => {
    const containers = valueAt(object, [...template, 'containers'])
    return (Array.isArray(containers) ? containers : []).flatMap((container, index): Path[] => {
      const env = (container as JsonObject).env
      const names = Array.isArray(env) ? env.map((variable) => (variable as JsonObject).name) : []
      return names.length > 0 && names.lastIndexOf(names[0] as Json) === 0 ? [[...template, 'containers', index, 'env', 0]] : []
    })
  })
}

function leavesOf(value: Json, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item as Json, [...path, index]))
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([name, child]) => leavesOf(child, [...path, name]))
  return value === null ? [] : [path]
}

function sameAt(a: KubeObject, b: KubeObject, path: Path): boolean {
  return valueAt(a, path) === valueAt(b, path)
}

function otherThan(value: Json): Json {
  if (typeof value === 'number') return value + 1
  return typeof value === 'boolean' ? !value : `${String(value)}x`
}

function valueAt(object: KubeObject, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key], object)
}

function withValue(value: Json, path: Path, next: Json | undefined): Json {
  const [key, ...rest] = path
  if (Array.isArray(value)) {
    if (rest.length === 0 && next === undefined) return value.filter((_, index) => index !== key)
    return value.map((item, index) => (index !== key ? item : rest.length === 0 ? (next as Json) : withValue(item, rest, next)))
  }
  const map = value as JsonObject
  const child = rest.length === 0 ? next : withValue(map[key as string] as Json, rest, next)
  const entries = Object.entries(map).filter(([name]) => name !== key)
  return Object.fromEntries(child === undefined ? entries : Object.entries({ ...map, [key as string]: child }))
}
