import type { RenderedObject } from '../model/rendered-object.ts'
import type { CallOptions } from './store.ts'

/**
 * The files of one revision, readable on demand. Paths are from the root of the tree, with `/`. Symbolic links are followed:
 * a file behind one is listed and read by the path of the link.
 *
 * @category Ports
 */
export interface SourceTree {
  /** Names the whole content: equal ids mean equal content. */
  readonly oid: string
  /**
   * Paths of the files below a directory (`''` is the root), recursively, sorted. `git/path-missing` when there is no such
   * directory; `source/unsafe-path` when the path, or a link below it, leaves the tree.
   */
  list(directory: string, options?: CallOptions): Promise<readonly string[]>
  /** Contents of listed files, by path. `git/path-missing` for any other. */
  read(paths: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, Uint8Array>>
}

/**
 * What a {@link Renderer} is to render.
 *
 * @category Ports
 */
export interface RenderOptions extends CallOptions {
  /** The directory to render, from the root of the tree. */
  readonly path: string
  /**
   * Whether the objects may still hold variables (`${app}-web`), which the caller replaces and checks. A name that is none is no
   * error then.
   */
  readonly variables?: boolean | undefined
}

export type { RenderedObject }

/**
 * Turns files into objects. The same files give the same objects in the same order, everywhere.
 *
 * What an implementation promises beyond its methods:
 *
 * - **Only the tree counts.** Nothing is fetched, and no file is read but through the tree. A reference that leaves the tree,
 *   or that names what is no exact part of it, is `source/unsafe-path` or `render/failed`.
 * - **Nothing is shared.** Objects are copies, or frozen; a result may be kept by the tree's `oid` and the path. What is given
 *   is not changed.
 * - **Errors.** A file that declares no Kubernetes object is `source/object-invalid`, or `render/failed` when a program says so,
 *   and the message names the file or the directory. Too much input or output is `source/limit`, a missing program
 *   `render/unavailable`. Errors of the tree come through as they are.
 * - **Ends.** The signal is passed to the tree; when it aborts, the render ends with `aborted` and leaves nothing running.
 *
 * Implementations prove themselves with `rendererConformance` of `fleetkit/testing`.
 *
 * @category Ports
 */
export interface Renderer {
  /** As `kustomize`, for messages. */
  readonly name: string
  /**
   * Whether this renderer takes a directory, by the files in it. The first renderer of a list that takes a directory renders
   * it. A plain question: nothing is read.
   *
   * @param files - paths from the root of the tree, as {@link SourceTree.list} gives them
   * @param path - the directory; files outside of it do not count
   */
  accepts(files: readonly string[], path: string): boolean
  /**
   * The objects that a directory declares, each with its origin: the file and line, or the directory and a position in what
   * was rendered. No objects are no error.
   */
  render(tree: SourceTree, options: RenderOptions): Promise<readonly RenderedObject[]>
}
