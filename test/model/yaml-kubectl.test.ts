import fc from 'fast-check'
import { hasCode, type Json, parseYaml } from 'fleetkit'
import { expect, test } from 'vitest'
import { readPublicFiles, withPublicManifests } from '../public-manifests.ts'
import { runs, seed } from '../random-tests.ts'
import { findAssets } from '../servers/assets.ts'
import { describeWithServers } from '../servers/index.ts'
import { readWithKubectl, withoutLabel } from './kubectl-reader.ts'
import { randomField } from './yaml-documents.ts'

/** What kubectl reads and {@link parseYaml} refuses: the rows of docs/yaml.md. */
const refusals: readonly RegExp[] = [
  /duplicated mapping key/,
  /kubectl drops what follows/,
  /end of the stream or a document separator is expected/,
  /unknown tag/,
  /cannot resolve a node/,
  /infinity and not-a-number/,
  /a text with \? or : here/,
  /a key that is a number is in a mapping/,
  /missed comma between flow collection entries/,
  /js-yaml misreads the empty entry/,
  /unidentified alias/,
  /cannot be a key/,
  /has the key __proto__/,
]

const header = 'apiVersion: example.com/v1\nkind: Example\nmetadata: {name: a}\n'

type JsonObject = { readonly [key: string]: Json }

/** The objects of a text as kubectl lists them, or why it is refused. */
function read(text: string): readonly Json[] | string {
  try {
    return parseYaml(text.endsWith('\n') ? text : `${text}\n`)
      .flatMap(({ value }) => itemsOf(value))
      .map(withoutLabel)
  } catch (error) {
    if (hasCode(error, 'model/yaml')) return error.message
    throw error
  }
}

function itemsOf(value: Json): readonly JsonObject[] {
  const object = value as JsonObject | null
  if (typeof object?.kind !== 'string') return []
  return object.kind.endsWith('List') && Array.isArray(object.items) ? object.items.flatMap(itemsOf) : [object]
}

/** Where both read a text, they read the same; where only kubectl does, the reason is a known one. */
function differences(texts: readonly string[], theirs: readonly (readonly Json[])[]): readonly unknown[] {
  return texts.flatMap((text, index): readonly unknown[] => {
    const objects = theirs[index] ?? []
    const ours = read(text)
    if (objects.length === 0) return []
    if (typeof ours === 'string') return refusals.some((reason) => reason.test(ours)) ? [] : [{ text, refused: ours }]
    // Of a file that kubectl refuses in the middle it lists the objects before.
    const missing = objects.filter((object) => !ours.some((each) => isSame(each, object)))
    return missing.length === 0 ? [] : [{ text, kubectl: missing, ours }]
  })
}

const isSame = (a: Json, b: Json): boolean => sorted(a) === sorted(b)
const sorted = (value: Json): string =>
  JSON.stringify(value, (_, each) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([x], [y]) => (x < y ? -1 : 1)))
      : each,
  )

describeWithServers('parseYaml and kubectl', () => {
  const kubectl = async (): Promise<string> => (await findAssets())?.kubectl as string

  test('read the same fields', async () => {
    const values = [
      ...['[1.2.3.4, fd00::]', '[echo, done:]', '{a:, b: 1}', '[a :, b\n :]', '[1:, null:]', '[5":, it\':]', '["a":]', '[&x a:, *x]'],
      ...['{a: 1, <<: {a: 2}}', '{<<: {a: 1}, <<: {a: 2}}', '{<<: [{a: 1}, {a: 2}]}', '{<<: {a: 1}, a: 3}', '[<<, "<<", "\\0<<"]'],
      ...['{1e6: a, 123456.7: b, 1234567.5: c, 0.00001: d, 1e39: e, .nan: g, -0.0: h, 16777217.0: i, 1e-46: j}'],
      ...[
        '{.inf: a}',
        '|\n  b\n',
        '|\n  b',
        '|+\n  b',
        '>\n  b\n\n',
        '|+\n  b\n  ',
        '|\n  b\n...\n# c',
        '1\n---#c',
        '1\n---',
        '1\n--- # c\n',
      ],
      ...['!!binary aGVsbG8=', '{!!binary YQ==: 1}', '-0.0', '1e400', '.5_0', '0o8', '2026-01-01', 'what? yes', '?a', ':a', '\ufeffa'],
      ...[
        '9007199254740993',
        '-9223372036854775808',
        '9223372036854775807',
        '9223372036854775808',
        '18446744073709551615',
        '18446744073709551616',
      ],
      ...[
        '1e16',
        '1e19',
        '0x7fffffffffffffff',
        '0xffffffffffffffff',
        '-0x8000000000000000',
        `0b1${'0'.repeat(60)}`,
        '0777777777777777777777',
        '0o20000000000000001',
      ],
      ...['{9007199254740993: a}', '{0x20000000000001: a}', '0x1ffffffffffffffff', '+9007199254740993', '9_007_199_254_740_993'],
    ]
    const texts = values.map((value) => `${header}v: ${value}`)
    const theirs = await readWithKubectl(await kubectl(), texts)
    expect(texts.map(read)).toEqual(theirs)
  })

  test('read the same documents', async () => {
    const json = (name: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'Example', metadata: { name } })
    const texts = [
      `${header}---\n\ufeff${header}`,
      `\ufeff---\n${header}---\n${header}`,
      `${header}---#c\n${header}---\t\n${header}---`,
      `${header}---\r\n${header}`.replaceAll(/\r?\n/g, '\r\n'),
      `${json('a')}\n${json('b')}`,
      `${json('a')}${json('b')}`,
      `${json('a')}\n---\n${json('b')}`,
      `${json('a')}\n${header}`,
      `${json('a')} # c\n`,
    ]
    const theirs = await readWithKubectl(await kubectl(), texts)
    expect(texts.map(read)).toEqual(theirs)
  })

  test('read the same in random documents', { timeout: runs(120_000) }, async () => {
    const texts = fc.sample(randomField, { numRuns: runs(2000), seed }).map((field) => header + field)
    const theirs = await readWithKubectl(await kubectl(), texts)
    expect(theirs.filter((objects) => objects.length > 0).length).toBeGreaterThan(texts.length / 5)
    expect(differences(texts, theirs)).toEqual([])
  })

  withPublicManifests(() => {
    test('read the same in the manifests of public projects', { timeout: 120_000 }, async () => {
      const texts = [...readPublicFiles().values()]
      const theirs = await readWithKubectl(await kubectl(), texts)
      expect(theirs.flat().length).toBeGreaterThan(3000)
      expect(differences(texts, theirs)).toEqual([])
    })
  })
})
