/** Measured processes as applications are deployed: stripping types would cost memory of its own. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'

/** Bundles a program of this folder, by its name without an ending. Gives the path of the result. */
export async function bundled(name: string): Promise<string> {
  const outdir = path.join(import.meta.dirname, '../.cache/bench')
  await mkdir(outdir, { recursive: true })
  await build({
    entryPoints: [path.join(import.meta.dirname, `${name}.ts`)],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'bundle',
    external: ['@kubernetes/*', 'eventemitter3', 'immer', 'js-yaml', 'undici', 'verkit'],
    conditions: ['fleetkit:source'],
    outdir,
    outExtension: { '.js': '.mjs' },
  })
  return path.join(outdir, `${name}.mjs`)
}
