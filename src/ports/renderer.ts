import type { RenderedObject } from '../model/rendered-object.ts'
import type { CallOptions } from './store.ts'

/** The files of one version, readable on demand. Paths are from the root of the tree, with `/`. */
export interface SourceTree {
  /** Object id of the whole content: equal ids mean equal content. */
  readonly oid: string
  /** Paths of the files below a directory (`''` is the root), recursively, sorted. Symbolic links are resolved. */
  list(directory: string, options?: CallOptions): Promise<readonly string[]>
  /** Contents of files, by path. */
  read(paths: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, Uint8Array>>
}

export interface RenderOptions extends CallOptions {
  /** The directory to render, from the root of the tree. */
  readonly path: string
}

export type { RenderedObject }

/**
 * Turns files into objects. The same files give the same objects in the same order, everywhere.
 */
export interface Renderer {
  readonly name: string
  /** Whether this renderer is the one for a directory, by the files in it. */
  accepts(files: readonly string[], path: string): boolean
  /** The objects that a directory declares. The errors are those of the source and render codes. */
  render(tree: SourceTree, options: RenderOptions): Promise<readonly RenderedObject[]>
}
