import { untilAborted } from '../../../async/until-aborted.ts'
import { checkObject } from '../../../manifest/check-object.ts'
import { cleanPath } from '../../../manifest/path.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { RenderedObject, Renderer, RenderOptions, SourceTree } from '../../../ports/renderer.ts'
import { frozenJson } from '../../store/frozen-json.ts'

/**
 * What a {@link memoryRenderer} renders: the objects of each directory, by its path, or a function that answers as a
 * renderer would.
 */
export type RenderScript =
  | Readonly<Record<string, readonly KubeObject[]>>
  | ((tree: SourceTree, options: RenderOptions) => readonly KubeObject[] | Promise<readonly KubeObject[]>)

/** Options of {@link memoryRenderer}. */
export interface MemoryRendererOptions {
  /** `memory` when absent. */
  readonly name?: string | undefined
  /** Which directories it takes. Those of the map when absent; with a function, all. */
  readonly accepts?: Renderer['accepts'] | undefined
}

/**
 * A {@link Renderer} that answers by a script, for tests and policy code: no manifests, no parser, no program. Objects
 * come out in the order of the script, as frozen copies, each with an origin as `deploy (memory):1`.
 *
 * Its `render` fails with `source/object-invalid` for what is no Kubernetes object, `render/failed` for a directory that
 * the map does not have, and what the function fails with.
 *
 * @example
 * ```ts
 * import { memoryCluster, memoryGit, memoryRenderer } from 'fleetkit/memory'
 * import { SyncRunner } from 'fleetkit'
 *
 * const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' } }
 * const runner = new SyncRunner({
 *   cluster: memoryCluster(),
 *   git: memoryGit(),
 *   renderers: [memoryRenderer({ './deploy': [settings] })],
 * })
 * ```
 */
export function memoryRenderer(script: RenderScript, { name = 'memory', accepts }: MemoryRendererOptions = {}): Renderer {
  const scripted = typeof script === 'function' ? { accepts: () => true, answer: script } : fromDirectories(script)
  return {
    name,
    accepts: accepts ?? scripted.accepts,
    async render(tree, options) {
      throwIfAborted(options.signal)
      const objects = await untilAborted(Promise.resolve(scripted.answer(tree, options)), options.signal)
      return rendered(objects, `${display(options.path)} (${name})`, options.variables)
    },
  }
}

interface Scripted {
  readonly accepts: Renderer['accepts']
  readonly answer: Extract<RenderScript, (...parameters: never) => unknown>
}

function fromDirectories(script: Readonly<Record<string, readonly KubeObject[]>>): Scripted {
  const directories = new Map(Object.entries(script).map(([path, objects]) => [cleanPath(path), objects]))
  return {
    accepts: (_, path) => directories.has(path),
    answer: (_, { path }) => {
      const objects = directories.get(path)
      if (objects !== undefined) return objects
      const known = [...directories.keys()].map(display).join(', ')
      throw new FleetkitError('render/failed', `found the directory ${display(path)}, accepted one of the script: ${known}`)
    },
  }
}

function display(path: string): string {
  return path === '' ? '.' : path
}

function rendered(objects: readonly KubeObject[], source: string, variables = false): readonly RenderedObject[] {
  const problems: Problem[] = []
  const results = objects.map((object, index) => {
    const origin = `${source}:${index + 1}`
    const copy = frozenJson(object, (path, found) => {
      const problem = { path: `${origin} ${path}`, found, accepted: 'a JSON value' }
      return invalid(undefined, [problem], 'source/object-invalid')
    })
    if (!variables) for (const problem of checkObject(copy, origin)) problems.push(problem)
    return { object: copy as unknown as KubeObject, origin }
  })
  if (problems.length > 0) throw invalid(undefined, problems, 'source/object-invalid')
  return results
}
