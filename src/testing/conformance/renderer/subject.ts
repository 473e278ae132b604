import assert from 'node:assert/strict'
import { type GitFile, type GitFiles, memoryTree } from '../../../backends/memory.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { RenderedObject, Renderer, SourceTree } from '../../../ports/renderer.ts'

/** A renderer to test, with the files that the tests need. All paths are relative to the directory that is rendered. */
export interface RendererSubject extends AsyncDisposable {
  readonly renderer: Renderer
  /** The files of a directory of this renderer that declares exactly these objects. One of them may be no object. */
  readonly files: (objects: readonly KubeObject[]) => GitFiles
  /** The files of a directory that belongs to another renderer. Skip the tests that need it when there is none. */
  readonly foreign?: GitFiles | undefined
  /** The files of a directory `app` in the root of a tree, with a reference to `../../outside`. Likewise. */
  readonly escaping?: GitFiles | undefined
  /** The same renderer with a limit of 10,000 bytes. Likewise. */
  readonly limited?: Renderer | undefined
  /** How long a render may take, in real milliseconds. 10,000 when absent. */
  readonly patienceMs?: number | undefined
}

/** One of the optional parts of a subject. */
export function needed<Part extends 'foreign' | 'escaping' | 'limited'>(
  subject: RendererSubject,
  part: Part,
): NonNullable<RendererSubject[Part]> {
  const given = subject[part]
  assert.ok(given !== undefined, `\`make\` gives no \`${part}\`; give one, or skip this test with a reason`)
  return given
}

export function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'apps' }, data }
}

/** The files as they are in a tree, in the directory `path`. */
export function within(path: string, files: GitFiles): GitFiles {
  const entries = Object.entries(files).map(([name, file]): [string, GitFile] => [path === '' ? name : `${path}/${name}`, file])
  return Object.fromEntries(entries)
}

/** The tree that has `objects` in the directory `path`. */
export function treeOf(subject: RendererSubject, path: string, objects: readonly KubeObject[]): SourceTree {
  return memoryTree(within(path, subject.files(objects)))
}

let trees = 0

/** The same tree under an id of its own, so that no result for the other one can be reused. */
export function asAnother(tree: SourceTree): SourceTree {
  return { ...tree, oid: `another-${++trees}` }
}

/** The rendered objects by name, for renderers that may order them. */
export function byName(objects: readonly RenderedObject[]): Readonly<Record<string, KubeObject>> {
  return Object.fromEntries(objects.map(({ object }) => [object.metadata.name, object]))
}
