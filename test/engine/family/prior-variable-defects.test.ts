/** Defects of fleeet, the project that the kinds of this family follow, by their numbers: those of variables. */
import { describe, expect, test } from 'vitest'
import { configMap, repository, url } from '../sync/scenarios.ts'
import { familyWorld, mapRef, members, started, type UnitSpec } from './world.ts'

describe.each(members)('16: what a variable of a $kind has no value for is an error, and never an empty text', (member) => {
  const files = { v1: { 'a.yaml': configMap('a', { x: '${region}' }) } }
  const cases: readonly [string, UnitSpec['postBuild'], string | RegExp][] = [
    [
      'a variable without a value',
      { strict: true, substitute: { zone: '1' } },
      /a\.yaml:1 ConfigMap a data\.x: found \$\{region\}, a variable without a value/,
    ],
    [
      'a ConfigMap that is not there',
      { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] },
      'ConfigMap default/vars of spec.postBuild.substituteFrom does not exist',
    ],
  ]
  test.each(cases)('%s', async (_, postBuild, message) => {
    const { w, run } = await started(member, files, { postBuild })
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'BuildFailed', message: expect.stringMatching(message) })
    expect(await w.data('a')).toBeUndefined()
    await run.finish()
  })

  test('variables that name one another are no cycle: a value is taken as it is, once', async () => {
    const { w, run } = await started(member, files, { postBuild: { substitute: { region: '${zone}', zone: '${region}' } } })
    expect(await w.data('a')).toEqual({ x: '${zone}' })
    await run.finish()
  })
})

describe.each(members)('17: values of a $kind that are no text', (member) => {
  const spec = { source: { git: { url, tag: 'v1' } }, prune: true }
  test.each([{ a: 'x' }, ['x'], 3, true, null])('%j is refused, and the field is named', (value) => {
    const make = (): unknown => member.make('shop', { ...spec, postBuild: { substitute: { region: value as never } } })
    expect(make).toThrow(/spec\.postBuild\.substitute\.region: found .*, accepted /)
  })

  test('are never written in the syntax of a language: a list or a map is that in the object, and a text beside others', async () => {
    const files = {
      v1: {
        'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, annotations: { ports: "ports ${list}" } }\ndata: "${map}"\n',
      },
    }
    const substitute = { map: '{ x: prod }', list: '[80, 443]' }
    const { w, run } = await started(member, files, { postBuild: { substitute } })
    expect(await w.data('a')).toEqual({ x: 'prod' })
    expect((await w.target.get(mapRef('a')))?.metadata.annotations).toMatchObject({ ports: 'ports [80, 443]' })
    await run.finish()
  })
})

test.each(members)(
  'values of a $kind are read in the cluster, or beside it in the management; its template is passed on as it is',
  async (member) => {
    const w = await familyWorld(member, repository({ v1: { 'a.yaml': configMap('a', { x: '${region} ${own}' }) } }))
    const vars = (region: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'vars', namespace: 'default' },
      data: { region },
    })
    await w.store.create(vars('management'))
    await w.target.create(vars('cluster'))
    const postBuild = { substitute: { own: '${region}' }, substituteFrom: [{ kind: 'ConfigMap' as const, name: 'vars' }] }
    await w.put({ postBuild })
    const run = w.start()
    await w.clock.advance(120_000)
    expect(await w.data('a')).toEqual({ x: `${member.kind === 'RemoteSync' ? 'management' : 'cluster'} \${region}` })
    if (member.kind === 'ProxySync' || member.kind === 'PullSync')
      expect((await w.target.get({ ...w.refOf(), kind: 'Sync' }))?.spec).toMatchObject({ postBuild })
    await run.finish()
  },
)
