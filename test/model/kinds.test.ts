import path from 'node:path'
import { build } from 'esbuild'
import { definitionOf, kinds, type Schema } from 'fleetkit/kinds'
import { expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'
import { rolloutDescriptions } from '../internals.ts'

/** Where the value of a kind is, if not in the main entry point. */
const entryPoints: Readonly<Record<string, string>> = {
  BootstrapModule: 'fleetkit/bootstrap-module',
  ClusterRegistration: 'fleetkit/registration',
  ModuleRevision: 'fleetkit/fleet',
  Rollout: 'fleetkit/fleet',
  RolloutLog: 'fleetkit/fleet',
}

async function filesOf(kind: string): Promise<readonly string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${kind} } from '${entryPoints[kind] ?? 'fleetkit'}'`, resolveDir: root },
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

test.each(Object.keys(kinds))('the value of a %s needs the schema of no other kind', async (kind) => {
  const folder = kind.replaceAll(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()
  const folders = (await filesOf(kind)).filter((file) => file.startsWith('src/model/kinds/')).map((file) => path.dirname(file))
  // A ProxySync holds a whole Sync, a RemoteAssemblage a whole Assemblage, and a BootstrapModule is a Module in all else.
  const held =
    {
      ProxySync: ['src/model/kinds/sync'],
      RemoteAssemblage: ['src/model/kinds/assemblage'],
      BootstrapModule: ['src/model/kinds/module'],
    }[kind] ?? []
  expect(new Set(folders)).toEqual(new Set(['src/model/kinds', `src/model/kinds/${folder}`, ...held]))
})

test.each(Object.values(kinds).map((kind) => [kind.kind, kind] as const))('every field of a %s is described', (_, kind) => {
  const silent = (schema: Schema | undefined, path: string): readonly string[] =>
    Object.entries(schema?.properties ?? {}).flatMap(([field, part]) => [
      ...(part.description === undefined && part.refused === undefined ? [`${path}.${field}`] : []),
      ...silent(part, `${path}.${field}`),
      ...silent(part.items, `${path}.${field}[]`),
    ])
  expect([...silent(kind.spec, 'spec'), ...silent(kind.status, 'status')]).toEqual([])
})

test('every description of a rollout describes a field', () => {
  const definition = JSON.stringify(definitionOf(kinds.Module))
  const types = new Set(['StageProgressSpec', 'StageLimitsSpec', 'StageMembersSpec', 'RolloutPolicySpec'])
  // What a type extends is no object of its own in a definition.
  for (const [type, fields] of Object.entries(rolloutDescriptions))
    for (const [field, text] of Object.entries(fields))
      if (field !== '' || !types.has(type)) expect(definition, `${type}.${field}`).toContain(JSON.stringify(text))
})
