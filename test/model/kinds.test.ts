import path from 'node:path'
import { build } from 'esbuild'
import { kinds } from 'fleetkit'
import { expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

async function filesOf(kind: string): Promise<readonly string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${kind} } from 'fleetkit'`, resolveDir: root },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'bundle',
    external: ['eventemitter3', 'immer', 'js-yaml', 'verkit'],
    conditions: ['fleetkit:source'],
    write: false,
    metafile: true,
  })
  const [output] = Object.values(metafile.outputs)
  return Object.entries(output?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []))
}

test.each(Object.values(kinds).map(({ kind, singular }) => [kind, singular]))(
  'the value of a %s needs the schema of no other kind',
  async (kind, singular) => {
    const folders = (await filesOf(kind)).filter((file) => file.startsWith('src/model/kinds/')).map((file) => path.dirname(file))
    expect(new Set(folders)).toEqual(new Set(['src/model/kinds', `src/model/kinds/${singular}`]))
  },
)
