import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ApiRequest, LineSplitter, responseError, retryDelay } from '../../../internals.ts'
import { status } from './mock-api-server.ts'

const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name: 'web' }
const apply: ApiRequest = { verb: 'apply', ref: web }
const causes = (...list: readonly (readonly [reason: string, message: string, field?: string])[]): object => ({
  causes: list.map(([reason, message, field = 'spec']) => ({ reason, message, field })),
})

describe('an error response', () => {
  // Bodies as kube-apiserver 1.36 writes them.
  it.each([
    ['no credentials', 401, status(401, 'Unauthorized'), 'cluster/unauthorized'],
    [
      'no permission',
      403,
      status(
        403,
        'Forbidden',
        'deployments.apps "web" is forbidden: User "limited" cannot patch resource "deployments" in API group "apps"',
      ),
      'cluster/forbidden',
    ],
    ['a quota', 403, status(403, 'Forbidden', 'pods "web" is forbidden: exceeded quota: compute, requested: pods=1'), 'cluster/admission'],
    [
      'pod security',
      403,
      status(403, 'Forbidden', 'pods "web" is forbidden: violates PodSecurity "baseline:latest": privileged'),
      'cluster/admission',
    ],
    ['a webhook', 400, status(400, 'BadRequest', 'admission webhook "a.b.c" denied the request: no'), 'cluster/admission'],
    [
      'a policy',
      422,
      status(422, 'Invalid', "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
      'cluster/admission',
    ],
    ['a broken webhook', 500, status(500, 'InternalError', 'failed calling webhook "a.b.c": connection refused'), 'cluster/unavailable'],
    [
      'a namespace that ends',
      403,
      status(403, 'Forbidden', 'because it is being terminated', causes(['NamespaceTerminating', '', 'metadata.namespace'])),
      'cluster/namespace-terminating',
    ],
    ['no such object', 404, status(404, 'NotFound', 'not found', { kind: 'deployments', name: 'web' }), 'store/not-found'],
    ['no such namespace', 404, status(404, 'NotFound', 'not found', { kind: 'namespaces', name: 'apps' }), 'cluster/namespace-missing'],
    // Whether a type is served, discovery says: anything in between can answer that.
    ['no such path', 404, '404 page not found', 'cluster/protocol'],
    ['no such path, as a Status', 404, status(404, 'NotFound', 'the server could not find the requested resource', {}), 'cluster/protocol'],
    ['an object of the name', 409, status(409, 'AlreadyExists'), 'store/exists'],
    ['another resourceVersion', 409, status(409, 'Conflict'), 'store/conflict'],
    ['a compacted resourceVersion', 410, status(410, 'Expired'), 'store/relist'],
    ['too much', 429, status(429, 'TooManyRequests'), 'cluster/throttled'],
    ['a proxy', 502, undefined, 'cluster/unavailable'],
    ['a redirect', 302, undefined, 'cluster/protocol'],
    [
      'an immutable field',
      422,
      status(
        422,
        'Invalid',
        '',
        causes(['FieldValueInvalid', 'Invalid value: {"matchLabels":{"a":"b"}}: field is immutable', 'spec.selector']),
      ),
      'cluster/immutable',
    ],
    [
      'an immutable address',
      422,
      status(
        422,
        'Invalid',
        '',
        causes(['FieldValueInvalid', 'Invalid value: ["10.0.0.51"]: may not change once set', 'spec.clusterIPs[0]']),
      ),
      'cluster/immutable',
    ],
    [
      'an immutable set',
      422,
      status(
        422,
        'Invalid',
        '',
        causes(['FieldValueForbidden', "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"]),
      ),
      'cluster/immutable',
    ],
    [
      'an immutable role',
      422,
      status(422, 'Invalid', '', causes(['FieldValueInvalid', 'Invalid value: {"name":"edit"}: cannot change roleRef', 'roleRef'])),
      'cluster/immutable',
    ],
    [
      'an immutable field and more',
      422,
      status(
        422,
        'Invalid',
        '',
        causes(['FieldValueInvalid', 'Invalid value: "x": field is immutable'], ['FieldValueRequired', 'Required value']),
      ),
      'cluster/invalid',
    ],
    [
      'a value that says immutable',
      422,
      status(
        422,
        'Invalid',
        'field is immutable',
        causes(['FieldValueInvalid', 'Invalid value: "field is immutable": must be lower case']),
      ),
      'cluster/invalid',
    ],
    ['invalid without causes', 422, status(422, 'Invalid', 'field is immutable'), 'cluster/invalid'],
    [
      'a misfit in an apply',
      500,
      status(500, '', 'failed to create typed patch object (a/b; v1, Kind=X): .spec.replicas: expected numeric, got string'),
      'cluster/invalid',
    ],
  ])('by %s has its code', (_, code, body, expected) => {
    expect(responseError({ status: code, body }, apply).code).toBe(expected)
  })

  it('over fields says who owns which, and how', () => {
    const conflict = (message: string, field: string): readonly [string, string, string] => ['FieldManagerConflict', message, field]
    const body = status(
      409,
      'Conflict',
      '',
      causes(
        conflict('conflict with "kubectl-edit" using apps/v1 at 2026-01-01T00:00:00Z', '.spec.replicas'),
        conflict('conflict with "other"', '.spec.template'),
        conflict('conflict with "kubectl-edit" using apps/v1 at 2026-01-01T00:00:00Z', '.spec.paused'),
        conflict('conflict with "hpa \\"x\\"" with subresource "scale" using autoscaling/v1', '.spec.replicas'),
      ),
    )
    expect(responseError({ status: 409, body }, apply).conflicts).toEqual([
      { manager: 'hpa "x"', operation: 'Update', fields: ['.spec.replicas'] },
      { manager: 'kubectl-edit', operation: 'Update', fields: ['.spec.paused', '.spec.replicas'] },
      { manager: 'other', operation: 'Apply', fields: ['.spec.template'] },
    ])
  })

  it('of an object lists every problem', () => {
    const strict = status(
      400,
      'BadRequest',
      'failed to create manager: strict decoding error: unknown field "spec.foo", unknown field "metadata.x"',
    )
    expect(responseError({ status: 400, body: strict }, apply)).toMatchObject({
      code: 'cluster/invalid',
      problems: [
        { path: 'spec.foo', found: 'an unknown field', accepted: 'a field that Deployment of apps/v1 has' },
        { path: 'metadata.x' },
      ],
    })
    const invalid = status(
      422,
      'Invalid',
      '',
      causes(
        ['FieldValueRequired', 'Required value', 'spec.image'],
        ['FieldValueNotSupported', 'Unsupported value: "XL": supported values: "S", "M"', 'spec.size'],
        ['FieldValueInvalid', 'Invalid value: -1: must be greater than or equal to 0', 'spec.replicas'],
        ['FieldValueInvalid', 'Invalid value: exactly one of tag, commit is accepted', 'spec.source.git'],
      ),
    )
    expect(responseError({ status: 422, body: invalid }, apply).problems).toEqual([
      { path: 'spec.image', found: 'nothing', accepted: 'a value', cause: 'FieldValueRequired' },
      { path: 'spec.size', found: '"XL"', accepted: 'supported values: "S", "M"', cause: 'FieldValueNotSupported' },
      { path: 'spec.replicas', found: '-1', accepted: 'must be greater than or equal to 0', cause: 'FieldValueInvalid' },
      { path: 'spec.source.git', found: 'another value', accepted: 'exactly one of tag, commit is accepted', cause: 'FieldValueInvalid' },
    ])
  })

  it('of a Secret says what is wrong in words', () => {
    const secret: ApiRequest = { verb: 'apply', ref: { apiVersion: 'v1', kind: 'Secret', namespace: 'apps', name: 's' } }
    const said = causes(
      ['FieldValueInvalid', 'Invalid value: "kubernetes.io/tls": field is immutable', 'type'],
      ['FieldValueRequired', 'Required value', 'data[tls.crt]'],
      ['FieldValueInvalid', 'Invalid value: "hunter2": too weak', 'data[password]'],
    )
    expect(responseError({ status: 422, body: status(422, 'Invalid', 'Secret "s" is invalid', said) }, secret).problems).toEqual([
      { path: 'type', found: '"kubernetes.io/tls"', accepted: 'field is immutable', cause: 'FieldValueInvalid' },
      { path: 'data[tls.crt]', found: 'a value that is not shown', accepted: 'a value', cause: 'FieldValueRequired' },
      { path: 'data[password]', found: 'a value that is not shown', accepted: 'another value', cause: 'FieldValueInvalid' },
    ])
  })

  it('of a Secret never repeats what the server says of its values', () => {
    const secret: ApiRequest = { verb: 'apply', ref: { apiVersion: 'v1', kind: 'Secret', namespace: 'apps', name: 's' } }
    const hidden = 'hunter2hunter2'
    const text = fc.oneof(
      fc.constant(`Invalid value: "${hidden}": too short`),
      fc.constant(`failed to create typed patch object (a/b; /v1, Kind=Secret): .data.b: expected string, got ${hidden}`),
      fc.string().map((rest) => rest + hidden),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(400, 409, 422, 500, 503),
        text,
        text,
        fc.constantFrom('Invalid', 'BadRequest', 'InternalError'),
        (code, message, cause, reason) => {
          const error = responseError(
            { status: code, body: status(code, reason, message, causes(['FieldValueInvalid', cause, 'data[b]'])) },
            secret,
          )
          expect(JSON.stringify([error.message, error.problems])).not.toContain(hidden)
        },
      ),
    )
  })

  it('with any body whatsoever is some error', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }),
        fc.oneof(
          fc.json().map((text) => JSON.parse(text)),
          fc.record({ kind: fc.constant('Status'), reason: fc.anything(), message: fc.anything(), details: fc.anything() }),
        ),
        (code, body) => {
          expect(responseError({ status: code, body }, apply).code).toMatch(/^(store|cluster)\//)
        },
      ),
    )
  })
})

describe('lines', () => {
  it('are the same however the bytes come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((line) => !line.includes('\n'))),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.string(),
        (lines, sizes, rest) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join('') + rest.replaceAll('\n', ''))
          const splitter = new LineSplitter(1000)
          const found: string[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = sizes[turn % sizes.length] as number
            found.push(...splitter.push(bytes.subarray(at, at + size)))
            at += size
          }
          expect(found).toEqual(lines.map((line) => Buffer.from(line).toString()))
        },
      ),
    )
  })

  it('have a greatest length', () => {
    const splitter = new LineSplitter(10)
    expect([...splitter.push(Buffer.from('0123456789\n01234'))]).toEqual(['0123456789'])
    expect(() => [...splitter.push(Buffer.from('567890'))]).toThrow(/larger than 10 bytes/)
  })
})

describe('delays', () => {
  const retries = { attempts: 20, baseMs: 100, maxMs: 5000, maxRetryAfterMs: 30_000 }
  const delay = (attempt: number, random: number): number | undefined =>
    retryDelay({ kind: 'broken' }, { attempt, repeatable: true }, { retries, random: () => random })

  it('are anything up to a bound that doubles until its greatest', () => {
    expect([1, 2, 3, 7, 19].map((attempt) => delay(attempt, 1))).toEqual([100, 200, 400, 5000, 5000])
    expect(delay(3, 0)).toBe(0)
    expect(delay(20, 1)).toBeUndefined()
  })
})
