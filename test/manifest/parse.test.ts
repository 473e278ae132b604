import { FleetkitError, formatProblem } from 'fleetkit'
import { checkDuplicates, type ManifestLimits, parseManifest, parseManifests } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const parse = (files: Readonly<Record<string, string>>, limits?: ManifestLimits) =>
  parseManifests(new Map(Object.entries(files).map(([path, text]) => [path, bytes(text)])), { limits })
const configMap = (name: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`

function failure(work: () => unknown): FleetkitError {
  try {
    work()
  } catch (error) {
    if (error instanceof FleetkitError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
const problemsOf = (text: string): readonly string[] => failure(() => parse({ 'a.yaml': text })).problems.map(formatProblem)

describe('parseManifests', () => {
  test('takes manifests by name, in the order of paths and then positions', () => {
    const files = {
      'b/z.yml': configMap('z'),
      'b.yaml': `# first\n${configMap('b1')}---\n---\n${configMap('b2')}`,
      'a.json': JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } }),
      'README.md': '{{ not yaml',
      '.hidden.yaml': '{{ not yaml',
      '.github/workflow.yaml': '{{ not yaml',
      'b/kustomization.yaml': 'resources: [z.yml]',
      'empty.yaml': '',
    }
    expect(parse(files).map(({ object, origin }) => [object.metadata.name, origin])).toEqual([
      ['apps', 'a.json:1'],
      ['b1', 'b.yaml:2'],
      ['b2', 'b.yaml:8'],
      ['z', 'b/z.yml:1'],
    ])
  })

  test('paths are in the order of code points', () => {
    const files = { '\u{1f600}.yaml': configMap('astral'), '\uff5e.yaml': configMap('wide') }
    expect(parse(files).map(({ object }) => object.metadata.name)).toEqual(['wide', 'astral'])
  })

  test('lists become their items, and a kind that only sounds like a list does not', () => {
    const item = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
    const list = (kind: string, items: unknown): string => JSON.stringify({ apiVersion: 'v1', kind, items })
    expect(parse({ 'a.json': list('List', [item, { ...item, metadata: { name: 'b' } }]) }).map(({ origin }) => origin)).toEqual([
      'a.json:1 items[0]',
      'a.json:1 items[1]',
    ])
    expect(parse({ 'a.json': list('ConfigMapList', [{ metadata: { name: 'a' } }]) })[0]?.object).toEqual(item)
    expect(parse({ 'a.json': list('List', [JSON.parse(list('List', [item]))]) })[0]?.object).toEqual(item)
    expect(parse({ 'a.json': list('List', null) })).toEqual([])
    const allowList = { apiVersion: 'example.com/v1', kind: 'AllowList', metadata: { name: 'a' }, spec: {} }
    expect(parse({ 'a.json': JSON.stringify(allowList) })[0]?.object).toEqual(allowList)
    expect(problemsOf(list('List', 5))).toEqual(['a.yaml:1 items: found number 5, accepted a list of objects'])
  })

  test('null in metadata means absent', () => {
    const [parsed] = parse({ 'a.yaml': configMap('a', '  labels:\n  annotations: null\n  creationTimestamp: null\n') })
    expect(parsed?.object.metadata).toEqual({ name: 'a' })
  })

  test('names every problem of every file at once', () => {
    const error = failure(() =>
      parse({
        'a.yaml': 'kind: ConfigMap\n---\n- 1\n---\napiVersion: v1\nkind: ConfigMap\n',
        'b.yaml': 'a: 1\na: 2\n',
        'c.yaml': configMap('C%1', '  namespace: Apps\n  labels: {replicas: 1, ok: "1"}\n  annotations: {on: "x", a/b/c: "y"}\n'),
      }),
    )
    expect(error.code).toBe('source/object-invalid')
    expect(error.problems.map(({ path, found }) => `${path} | ${found}`)).toEqual([
      'a.yaml:1 apiVersion | nothing',
      'a.yaml:1 metadata | nothing',
      'a.yaml:3 | a list of 1',
      'a.yaml:5 metadata | nothing',
      'b.yaml:2:1 | duplicated mapping key',
      'c.yaml:1 metadata.name | string "C%1"',
      'c.yaml:1 metadata.namespace | string "Apps"',
      'c.yaml:1 metadata.labels.replicas | number 1',
      'c.yaml:1 metadata.annotations[a/b/c] | key "a/b/c"',
    ])
    expect(error.message).toContain('c.yaml:1 metadata.labels.replicas: found number 1, accepted a string (quote it)')
  })

  test('a generated name is refused with the reason', () => {
    expect(problemsOf('apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-}')).toEqual([
      'a.yaml:1 metadata.generateName: found string "web-", accepted metadata.name: an object without a fixed name would be recreated at each apply',
    ])
  })

  test('a name can be a segment of a path; what else a kind asks of it the API server says', () => {
    const role = (name: string): string => `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "${name}"}\n`
    for (const name of ['system:Node_x', 'a b', 'x'.repeat(254)]) expect(parse({ 'a.yaml': role(name) })).toHaveLength(1)
    for (const name of ['a/b', '..', '.', '', 'a%b']) expect(problemsOf(role(name))).toHaveLength(1)
    expect(parse({ 'a.yaml': configMap('system:node') })).toHaveLength(1)
  })

  test('bytes that are not UTF-8 are a problem of the file', () => {
    const error = failure(() => parseManifests(new Map([['a.yaml', Uint8Array.of(0x61, 0xff, 0xfe)]])))
    expect(error.problems).toEqual([{ path: 'a.yaml', found: 'bytes that are not UTF-8', accepted: 'UTF-8' }])
  })

  test.each([
    ['UTF-16, little end first', [0xff, 0xfe], false],
    ['UTF-16, big end first', [0xfe, 0xff], true],
  ])('%s is read', (_, mark, swap) => {
    const text = Buffer.from(`${configMap('a')}---\n${configMap('b')}`, 'utf16le')
    const content = Buffer.concat([Buffer.from(mark), swap ? text.swap16() : text])
    expect(parseManifests(new Map([['a.yaml', content]])).map(({ origin }) => origin)).toEqual(['a.yaml:1', 'a.yaml:6'])
  })

  test('a block scalar that ends a file has a line feed at its end, as kubectl ends every line with one', () => {
    const [parsed] = parse({ 'a.yaml': configMap('a', 'data:\n  b: |\n    c') })
    expect(parsed?.object).toMatchObject({ data: { b: 'c\n' } })
  })

  test.each<[string, ManifestLimits]>([
    ['files', { files: 1 }],
    ['one file', { fileBytes: 20 }],
    ['all files', { bytes: 100 }],
    ['objects', { objects: 1 }],
    ['YAML', { yaml: { nodes: 3 } }],
  ])('limit: %s', (_, limits) => {
    const files = { 'a.yaml': configMap('a'), 'b.yaml': configMap('b') }
    expect(parse(files)).toHaveLength(2)
    expect(failure(() => parse(files, limits)).code).toBe('source/limit')
  })

  test('the values of a Secret are in no error', () => {
    const text = 'apiVersion: v1\nkind: Secret\nmetadata: {name: A/b}\nstringData: {password: hunter2}\n'
    expect(problemsOf(text).join()).not.toContain('hunter2')
  })
})

test('parseManifest takes a text that is no file', () => {
  expect(parseManifest(configMap('a'), 'deploy (kustomize)')[0]?.origin).toBe('deploy (kustomize):1')
})

describe('checkDuplicates', () => {
  test('names both origins, for all of them; versions of one group are one object', () => {
    const hpa = (version: string): string => `apiVersion: autoscaling/${version}\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n`
    const objects = parse({
      'a.yaml': `${configMap('a')}---\n${configMap('a')}`,
      'b.yaml': hpa('v1'),
      'c.yaml': hpa('v2'),
      'd.yaml': configMap('d'),
    })
    const error = failure(() => checkDuplicates(objects))
    expect(error.code).toBe('source/duplicate')
    expect(error.problems.map(formatProblem)).toEqual([
      'a.yaml:6: found ConfigMap a, which is also in a.yaml:1, accepted one document for each object',
      'c.yaml:1: found HorizontalPodAutoscaler web, which is also in b.yaml:1, accepted one document for each object',
    ])
    expect(() => checkDuplicates(objects.slice(1, 3))).not.toThrow()
  })
})
