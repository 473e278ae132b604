import { FleetkitError, type Json, type KubeObject, substituteAnnotation } from 'fleetkit'
import { mergeVariables, type SubstituteOptions, substituteText, substituteVariables } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'

const object = (spec: Json, metadata: Readonly<Record<string, unknown>> = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'a', ...metadata },
  spec,
})
const variables = (values: Readonly<Record<string, string>>, secret = false) => mergeVariables([{ origin: 'test', values, secret }])
const substitute = (given: KubeObject, values: Readonly<Record<string, string>>, options: SubstituteOptions = {}) =>
  substituteVariables([{ object: given, origin: 'deploy/a.yaml:3' }], variables(values), options).objects[0]?.object
const spec = (given: Json, values: Readonly<Record<string, string>>, options?: SubstituteOptions) =>
  substitute(object(given), values, options)?.spec

/** The error of a call that must fail. */
function failure(work: () => unknown): FleetkitError {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(FleetkitError)
    return error as FleetkitError
  }
  throw new Error('nothing failed')
}

describe('a variable in an object', () => {
  test('becomes what YAML makes of its value, quoted in the source or not', () => {
    expect(spec({ a: '${x}', b: ['${y}'], c: '${z}', d: 'v${x}' }, { x: '3', y: 'true', z: '[80, 443]' })).toEqual({
      a: 3,
      b: [true],
      c: [80, 443],
      d: 'v3',
    })
    expect(spec('${q}${x}${q}', { x: '3', q: '"' })).toBe('3')
    expect(spec('${missing}', { x: '3' })).toBeNull()
  })

  test('is replaced in keys, names and labels, and in texts of many lines', () => {
    const given = object({ '${x}.conf': 'a\n${x}\n' }, { name: '${x}-web', labels: { app: '${x}' } })
    expect(substitute(given, { x: 'shop' })).toEqual(object({ 'shop.conf': 'a\nshop\n' }, { name: 'shop-web', labels: { app: 'shop' } }))
  })

  test('is one of the last source that has it, without line feeds', () => {
    const merged = mergeVariables([
      { origin: 'a', values: { x: '1', y: '1' }, secret: true },
      { origin: 'b', values: { x: '2\n3\n' } },
    ])
    expect([...merged.values]).toEqual([
      ['x', '23'],
      ['y', '1'],
    ])
    expect([...merged.secret]).toEqual(['y'])
    expect(mergeVariables([{ origin: 'ConfigMap apps/vars', values: { 'a-b': '' } }]).problems).toEqual([
      { path: 'ConfigMap apps/vars[a-b]', found: 'the variable "a-b"', accepted: 'letters, digits and _, not beginning with a digit' },
    ])
  })

  test.each([substituteAnnotation, 'kustomize.toolkit.fluxcd.io/substitute'])(
    'stays where an annotation or a label %s says disabled',
    (key) => {
      for (const map of ['annotations', 'labels']) {
        expect(substitute(object('${x}', { [map]: { [key]: 'disabled' } }), { x: '1' })?.spec).toBe('${x}')
        expect(substitute(object('${x}', { [map]: { [key]: 'enabled' } }), { x: '1' })?.spec).toBe(1)
      }
    },
  )

  test('stays when there is no variable at all, unless the strategy is Always', () => {
    expect(spec('${x:=1}', {})).toBe('${x:=1}')
    expect(spec('${x:=1}', {}, { strategy: 'Always' })).toBe(1)
  })

  test('what holds none is the same value', () => {
    const given = object({ a: [1, 'b', { c: null }], d: '$' })
    expect(substitute(given, { x: '1' })).toEqual(given)
  })
})

describe('what cannot be replaced', () => {
  test('is one error with the file, the object and the field of each variable', () => {
    const given = object({ a: '${x}', list: [{ b: '${y} ${x}' }] })
    const error = failure(() => substitute(given, { z: '' }, { strict: true }))
    expect(error.code).toBe('source/substitution')
    expect(error.problems.map(({ path, found }) => `${path}: ${found}`)).toEqual([
      'deploy/a.yaml:3 Widget a spec.a: ${x}, a variable without a value',
      'deploy/a.yaml:3 Widget a spec.list[0].b: ${y}, a variable without a value',
      'deploy/a.yaml:3 Widget a spec.list[0].b: ${x}, a variable without a value',
    ])
    expect(error.problems[0]?.accepted).toBe('a value in spec.postBuild, or a default: ${x:=…}')
    expect(spec({ a: '${x:=1}' }, { z: '' }, { strict: true })).toEqual({ a: 1 })
  })

  test.each(['${VAR[0]}', '${', '${}', '${a b}', '${a:}', '${a', '${a#}', '${a/b}', '${a:=${b}', '${a-b}', '${a//x/y'])(
    '%s names its beginning',
    (text) => {
      expect(failure(() => spec(text, { x: '1' })).message).toMatch(
        /^deploy\/a\.yaml:3 Widget a spec: found \$\{\w*…, which does not end as an expression, accepted \$\{name\} or one of /,
      )
    },
  )

  test('is a text that is no YAML afterwards, or more than one value', () => {
    for (const value of ['a: b', '"', '[', '- a', '*x', '&a *a'])
      expect(failure(() => spec({ a: '${x}' }, { x: value })).message).toMatch(
        /^deploy\/a\.yaml:3 Widget a spec\.a: found a text that is no YAML/,
      )
    expect(failure(() => spec({ a: '${x}' }, { x: 'a\rb: c' })).code).toBe('source/substitution')
    expect(failure(() => spec({ '${x}': 1, '${y}': 2 }, { x: 'k', y: 'k' })).message).toContain('found a key that is there already')
  })

  test('is an object that is none afterwards', () => {
    const error = failure(() => substitute(object(1, { name: '${x}', labels: { v: '${v}' } }), { x: 'a/b', v: '1.10' }))
    expect(error.code).toBe('source/object-invalid')
    expect(error.problems.map(({ path }) => path)).toEqual(['deploy/a.yaml:3 metadata.name', 'deploy/a.yaml:3 metadata.labels.v'])
  })

  test('shows nothing of a Secret', () => {
    const password = 'S3cret-password'
    const fail = (given: KubeObject) =>
      failure(() => substituteVariables([{ object: given, origin: 'a.yaml:1' }], variables({ password: `${password}: [` }, true)))
    for (const error of [
      fail(object('${password}')),
      fail(object(1, { name: '${password}' })),
      fail(object('a', { labels: { a: '${password' } })),
    ])
      expect(JSON.stringify([error.message, error.problems, error.cause])).not.toContain('S3cret')
  })
})

describe('what a Secret became', () => {
  test('is named, whatever was done with it and whatever YAML made of it', () => {
    const rendered = [{ object: object({ a: 'x-${p^^}', b: '${n}', c: '${other}' }), origin: 'a' }]
    const merged = mergeVariables([
      { origin: 'a', values: { p: 'secret', n: '0644' }, secret: true },
      { origin: 'b', values: { other: 'public' } },
    ])
    const { secrets } = substituteVariables(rendered, merged)
    expect([...secrets].sort()).toEqual(['0644', '420', 'SECRET', 'x-SECRET'])
  })
})

describe('the work is bounded', () => {
  test('a result of many characters is refused before it is made', () => {
    const values = new Map([['a', 'x'.repeat(1_000_000)]])
    for (const text of ['${a//x/${a}}', '${a}'.repeat(5), '${b:=${a}${a}${a}${a}${a}}'])
      expect(failure(() => substituteText(text, values)).message).toContain('more than 4000000 characters')
  })

  test('expressions 51 deep are refused', () => {
    const nested = (depth: number) => '${a:='.repeat(depth) + '}'.repeat(depth)
    expect(substituteText(nested(50), new Map())).toBe('')
    expect(failure(() => substituteText(nested(100_000), new Map())).code).toBe('source/substitution')
  })

  test('a long value and a long pattern are refused together', () => {
    const values = new Map([['a', 'a'.repeat(100_000)]])
    expect(failure(() => substituteText(`\${a#*${'a'.repeat(1000)}b}`, values)).message).toContain('a pattern of 1002 characters')
    expect(substituteText('${a##*a}${a%%a*}', values)).toBe('')
  })

  test('the time grows with the length', () => {
    const cost = (text: string): number => {
      const begin = process.cpuUsage().user
      substituteText(text, new Map([['a', '1']]))
      return process.cpuUsage().user - begin
    }
    for (const part of ['$$', '${a}', '$', '${b:=x}', '${a/\\//$$}', 'x$y']) expect(cost(part.repeat(50_000)), part).toBeLessThan(3_000_000)
  })
})

test.each([
  ['${a}', 'path/to/file.tar.gz'],
  ['${#a}', '19'],
  ['${a^}', 'Path/to/file.tar.gz'],
  ['${a^^}', 'PATH/TO/FILE.TAR.GZ'],
  ['${a:5:2}', 'to'],
  ['${a: -1}', 'path/to/file.tar.gz'],
  ['${a#*/}', 'to/file.tar.gz'],
  ['${a##*/}', 'file.tar.gz'],
  ['${a%.*}', 'path/to/file.tar'],
  ['${a%%.*}', 'path/to/file'],
  ['${a/t/T}', 'paTh/to/file.tar.gz'],
  ['${a//\\//-}', 'path-to-file.tar.gz'],
  ['${a/#path/x}', 'x/to/file.tar.gz'],
  ['${a/%gz/xz}', 'path/to/file.tar.xz'],
  ['${b:=${a##*.}}', 'gz'],
  ['$${a} $$ $ $(a) $a', '${a} $ $ $(a) $a'],
])('%s is %s', (text, expected) => {
  expect(substituteText(text, new Map([['a', 'path/to/file.tar.gz']]))).toBe(expected)
})
