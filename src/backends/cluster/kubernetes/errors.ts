import '../../../ports/error-codes.ts'
import '../../../ports/error-codes.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { ErrorCode } from '../../../model/errors/error-codes.ts'
import type { FieldConflict } from '../../../model/errors/field-conflict.ts'
import { firstOf, formatProblems, type Problem } from '../../../model/errors/problem.ts'
import { formatRef, groupOf, type ObjectRef, type TypeRef } from '../../../model/reference.ts'

/** What the API server answered. */
export interface ApiResponse {
  readonly status: number
  /** The parsed body: an object, a `Status`, or anything that a proxy in between answered. */
  readonly body: unknown
  readonly retryAfterMs?: number | undefined
  /** Names this state of what was answered. */
  readonly etag?: string | undefined
  /** Takes the credentials of the request out of a text of the server. */
  readonly redact?: ((text: string) => string) | undefined
  /** Whether an earlier try of the request may have been carried out. */
  readonly repeated?: boolean
}

/** What a request is about, for its errors. */
export interface ApiRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'delete' | 'apply' | 'discover'
  readonly type?: TypeRef | undefined
  /** The object, when it was one. */
  readonly ref?: ObjectRef | undefined
  /** What a discovery is about: an API version, or a root. */
  readonly of?: string | undefined
}

interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

interface Status {
  readonly reason: string
  readonly message: string
  readonly details: { readonly kind: string; readonly name: string; readonly retryAfterSeconds?: number }
  readonly causes: readonly Cause[]
}

/** The response, unless it is an error. */
export function accepted(response: ApiResponse, request: ApiRequest): ApiResponse {
  if (response.status < 300) return response
  throw responseError(response, request)
}

/**
 * The error that an error response means. Decides by the machine-readable parts of a `Status` (reason, causes, details) where
 * there are any, as apimachinery's `errors` package defines them, and by the message only where there is nothing else.
 * Of a Secret no text of the server is repeated, because it quotes values.
 */
export function responseError(response: ApiResponse, request: ApiRequest): FleetkitError {
  const status = parseStatus(response)
  const type = request.ref ?? request.type
  const secret = type !== undefined && type.kind === 'Secret' && groupOf(type.apiVersion) === ''
  const conflicts = status === undefined ? [] : parseConflicts(status)
  const problems = status === undefined ? [] : parseProblems(status, type, secret)
  const code = codeOf(response.status, status, request, conflicts)
  const retryAfterMs =
    response.retryAfterMs ?? (status?.details.retryAfterSeconds === undefined ? undefined : status.details.retryAfterSeconds * 1000)
  return new FleetkitError(code, messageOf(code, { response, status, request, conflicts, problems, secret }), {
    ref: request.ref,
    reason: reasonOf(code, response.status, status),
    ...(conflicts.length > 0 && { conflicts }),
    ...(problems.length > 0 && { problems }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function codeOf(httpStatus: number, status: Status | undefined, request: ApiRequest, conflicts: readonly FieldConflict[]): ErrorCode {
  const { reason = '', message = '', causes = [] } = status ?? {}
  if (causes.some((cause) => cause.reason === 'NamespaceTerminating')) return 'cluster/namespace-terminating'
  // A version that the server does not have, and did not have soon.
  if (causes.some((cause) => cause.reason === 'ResourceVersionTooLarge')) return 'store/relist'
  if (deniedByAdmission(httpStatus, message)) return 'cluster/admission'
  switch (httpStatus) {
    case 401:
      return 'cluster/unauthorized'
    case 403:
      // The words of the authorization filter (apiserver/pkg/endpoints/handlers/responsewriters); any other refusal is one of admission.
      return status === undefined || / cannot \S+ (resource|path) /.test(message) ? 'cluster/forbidden' : 'cluster/admission'
    case 404:
      return notFoundCode(status, request)
    case 409:
      if (conflicts.length > 0) return 'cluster/field-conflict'
      return reason === 'AlreadyExists' ? 'store/exists' : 'store/conflict'
    case 410:
      return 'store/relist'
    case 422:
      return causes.length > 0 && causes.every(saysImmutable) ? 'cluster/immutable' : 'cluster/invalid'
    case 429:
      return 'cluster/throttled'
    case 400:
    case 405:
    case 413:
    case 415:
      return 'cluster/invalid'
  }
  // What the API server cannot decode is an internal error for some types; another try does not help.
  if (unfit.test(message)) return 'cluster/invalid'
  return httpStatus >= 500 ? 'cluster/unavailable' : 'cluster/protocol'
}

/** The server's own word; what it cannot decode it calls an internal error for some types, and means a bad request. */
function reasonOf(code: ErrorCode, httpStatus: number, status: Status | undefined): string | undefined {
  return code === 'cluster/invalid' && httpStatus !== 422 ? 'BadRequest' : status?.reason || undefined
}

const unfit =
  /failed to create (typed (patch|live) object|manager for existing fields)|unable to convert unstructured object|field not declared in schema|request is too large|illegal base64 data|json: cannot unmarshal|resourceVersion: Invalid value/

/** Whether a response says that nothing is known of the path: it names nothing that is missing. Anything in between may say so. */
export function knowsNoPath(response: ApiResponse): boolean {
  return response.status === 404 && !parseStatus(response)?.details.name
}

function notFoundCode(status: Status | undefined, { ref }: ApiRequest): ErrorCode {
  // What is not served only discovery can say.
  if (!status?.details.name) return 'cluster/protocol'
  const { kind, name } = status.details
  return kind === 'namespaces' && ref !== undefined && ref.kind !== 'Namespace' && name === ref.namespace
    ? 'cluster/namespace-missing'
    : 'store/not-found'
}

/** Webhooks choose the status of their denials freely; policies, pod security and quotas have their own words. */
function deniedByAdmission(httpStatus: number, message: string): boolean {
  if (httpStatus < 400 || httpStatus >= 500) return false
  return /^admission webhook "[^"]*" denied the request|denied request: |violates PodSecurity |exceeded quota: /.test(message)
}

/** Every API words it differently, always in the causes: `field is immutable`, `may not change once set`, `updates to … are forbidden`. */
function saysImmutable({ reason, message }: Cause): boolean {
  const said = /immutable|may not (be )?changed?\b|cannot (be )?changed?\b|updates to .* (is|are) forbidden|may not change fields/i
  // The quoted value could say anything.
  return (reason === 'FieldValueInvalid' || reason === 'FieldValueForbidden') && said.test(parseCause(message).rule)
}

interface MessageParts {
  readonly response: ApiResponse
  readonly status: Status | undefined
  readonly request: ApiRequest
  readonly conflicts: readonly FieldConflict[]
  readonly problems: readonly Problem[]
  readonly secret: boolean
}

function messageOf(code: ErrorCode, { response, status, request, conflicts, problems, secret }: MessageParts): string {
  switch (code) {
    case 'cluster/field-conflict':
      return `fields belong to others: ${firstOf(conflicts.map(formatConflict), '; ')}`
    case 'cluster/namespace-missing':
      return `there is no namespace ${request.ref?.namespace}`
    case 'cluster/namespace-terminating':
      return `the namespace ${request.ref?.namespace} is being deleted`
    case 'store/not-found':
      return 'it does not exist'
    case 'store/exists':
      return 'it exists already'
  }
  if (problems.length > 0) return formatProblems(problems)
  const said =
    status === undefined
      ? `it answered ${response.status}`
      : secret
        ? `${status.reason || 'refused'} (${response.status})`
        : clip(status.message, 1000)
  if (code === 'cluster/unavailable') return `the API server cannot ${request.verb} ${subjectOf(request)} now: ${said}`
  if (knowsNoPath(response))
    return `the API server answered 404 and named nothing that is missing, to ${request.verb} ${subjectOf(request)}`
  return `the API server refused to ${request.verb}${request.ref === undefined ? ` ${subjectOf(request)}` : ''}: ${said}`
}

function subjectOf({ ref, type, of = 'anything' }: ApiRequest): string {
  const about = ref ?? type
  return about === undefined ? of : `${about.kind}${ref === undefined ? ' objects' : ''} of ${about.apiVersion}`
}

function formatConflict({ manager, operation, fields }: FieldConflict): string {
  return `${firstOf(fields, ', ')} to ${JSON.stringify(manager)} (${operation})`
}

/** The error of a step of a request, about what the request is about. */
export function errorAbout(error: unknown, { ref }: ApiRequest): unknown {
  if (!(error instanceof FleetkitError) || ref === undefined || error.ref !== undefined) return error
  const { code, message, cause, retryable, retryAfterMs, problems } = error
  return new FleetkitError(code, message, { ref, cause, retryable, retryAfterMs, problems })
}

/** The message for a type that is not served. */
export function unknownKindMessage({ apiVersion, kind }: TypeRef): string {
  return `the cluster serves no ${kind} of ${apiVersion}`
}

/** Who owns what, from causes such as `conflict with "kubectl" using apps/v1 at 2026-01-01T00:00:00Z` (an edit) or `conflict with "other"` (an apply). */
function parseConflicts({ causes }: Status): readonly FieldConflict[] {
  const owners = new Map<string, { manager: string; operation: 'Apply' | 'Update'; fields: Set<string> }>()
  for (const { reason, message, field } of causes) {
    if (reason !== 'FieldManagerConflict') continue
    const match = /^conflict with ("(?:[^"\\]|\\.)*")(?: with subresource "[^"]*")?( using )?/.exec(message)
    const manager = match === null ? message : unquote(match[1] as string)
    const operation = match?.[2] === undefined ? 'Apply' : 'Update'
    const key = JSON.stringify([manager, operation])
    const owner = owners.get(key) ?? { manager, operation, fields: new Set() }
    owner.fields.add(field)
    owners.set(key, owner)
  }
  return [...owners.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { manager, operation, fields }]) => ({ manager, operation, fields: [...fields].sort() }))
}

function parseProblems(status: Status, type: TypeRef | undefined, secret: boolean): readonly Problem[] {
  const declared = `a field that ${type?.kind ?? 'the type'}${type === undefined ? '' : ` of ${type.apiVersion}`} has`
  // The message is clipped first: what follows is linear, but a megabyte of it is of no use.
  const strict = [...clip(status.message, 20_000).matchAll(/\b(unknown|duplicate) field "([^"]*)"/g)]
  if (strict.length > 0)
    return strict.map(([, what, path]) => ({
      path: clip(path as string, 200),
      found: `${what === 'unknown' ? 'an unknown' : 'a repeated'} field`,
      accepted: what === 'unknown' ? declared : 'each field once',
    }))
  if (status.message.includes('illegal base64 data')) return [{ path: 'data', found: 'something else', accepted: 'base64' }]
  const misfits = parseMisfits(status, declared, secret)
  if (misfits.length > 0) return misfits
  if (status.reason !== 'Invalid') return []
  return (
    status.causes
      // `<nil>` says only that rules were not reached because of the other problems.
      .filter(({ field }) => field !== '' && field !== '<nil>')
      .map(({ field, message, reason }) => {
        const { found, rule } = parseCause(message)
        const path = clip(field, 200)
        return secret && secretField.test(field)
          ? { path, found: 'a value that is not shown', accepted: rules[reason] ?? 'another value', cause: reason }
          : { path, found: clip(found, 200), accepted: clip(rule, 500), cause: reason }
      })
  )
}

/** The fields of a Secret whose values a server may quote. */
const secretField: RegExp = /^(?!(type|immutable|metadata\.(name|namespace|labels).*)$)/
/** The rules that apimachinery has a name for. */
const rules: Readonly<Record<string, string>> = {
  FieldValueRequired: 'a value',
  FieldValueDuplicate: 'each value once',
  FieldValueForbidden: 'no value, or the one that is there',
  FieldValueTooLong: 'a shorter value',
  FieldValueTooMany: 'fewer values',
  FieldValueTypeInvalid: 'a value of another type',
}

/** What structured-merge-diff says does not fit: one line, or one of several, with a path and `field not declared in schema` or `expected …, got …`. */
function parseMisfits({ message }: Status, declared: string, secret: boolean): readonly Problem[] {
  return clip(message, 20_000)
    .split('\n')
    .flatMap((line) => {
      const misfit = readMisfit(clip(line, 2000))
      if (misfit === undefined) return []
      const { path, accepted, found } = misfit
      const field = clip(path.slice(1), 200)
      if (accepted === undefined || found === undefined) return [{ path: field, found: 'an unknown field', accepted: declared }]
      // Go prints the inside of the value when it has no better word.
      return [{ path: field, found: secret || found.startsWith('&') ? 'another type' : clip(found, 200), accepted }]
    })
}

const undeclared = ': field not declared in schema'
const expected = ': expected '
const got = ', got '

function readMisfit(line: string): { readonly path: string; readonly accepted?: string; readonly found?: string } | undefined {
  const start = /(?:^\s*|: )(?=\.\S)/.exec(line)
  if (start === null) return undefined
  const rest = line.slice(start.index + start[0].length)
  if (rest.endsWith(undeclared)) return { path: rest.slice(0, -undeclared.length) }
  const [path, wish] = [rest.indexOf(expected), rest.indexOf(got, rest.indexOf(expected))]
  if (path < 0 || wish < 0) return undefined
  return { path: rest.slice(0, path), accepted: rest.slice(path + expected.length, wish), found: rest.slice(wish + got.length) }
}

/** Takes apart what apimachinery's `field.Error` writes: `Invalid value: "x": must be …`, `Required value`, `Unsupported value: "X": supported values: "A", "B"`. */
function parseCause(message: string): { readonly found: string; readonly rule: string } {
  const match =
    /^(Required value|Forbidden|Invalid value|Unsupported value|Duplicate value|Not found|Too long|Too many|Internal error)(?:: (.*))?$/s.exec(
      message,
    )
  if (match === null) return { found: 'something else', rule: message }
  const [, kind, rest = ''] = match as unknown as [string, string, string | undefined]
  if (kind === 'Required value') return { found: 'nothing', rule: rest || 'a value' }
  // Some rules come with a diff of Go structures.
  if (kind === 'Forbidden') return { found: 'what is forbidden', rule: rest.replace(/\n@@.*$/s, '') }
  if (kind === 'Too long' || kind === 'Too many') return { found: kind.toLowerCase(), rule: rest || 'less' }
  // The message of a rule in CEL comes without the value.
  const value = /^("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^":{[\s]+(?=: |$))(?:: )?/.exec(rest)
  // Of a whole structure Go prints what it looks like inside; the rule is behind the last colon.
  const [found, rule] =
    value === null
      ? ['another value', rest.slice(rest.lastIndexOf('}: ') + 1).replace(/^: /, '')]
      : [value[1] as string, rest.slice(value[0].length)]
  return {
    found: kind === 'Duplicate value' ? `${found} twice` : found,
    rule: rule || (kind === 'Duplicate value' ? 'each value once' : 'another value'),
  }
}

function parseStatus({ body, redact = (text) => text }: ApiResponse): Status | undefined {
  // Before anything is cut: half a credential is one too.
  const str = (value: unknown): string => (typeof value === 'string' ? redact(value) : '')
  if (typeof body !== 'object' || body === null || (body as { kind?: unknown }).kind !== 'Status') return undefined
  const { reason, message, details } = body as { reason?: unknown; message?: unknown; details?: unknown }
  const { kind, name, causes, retryAfterSeconds } = (typeof details === 'object' && details !== null ? details : {}) as Record<
    string,
    unknown
  >
  return {
    reason: clip(str(reason), 100),
    message: str(message),
    details: {
      kind: str(kind),
      name: str(name),
      ...(typeof retryAfterSeconds === 'number' && retryAfterSeconds > 0 && { retryAfterSeconds }),
    },
    causes: (Array.isArray(causes) ? causes : []).slice(0, maxCauses).map((cause: Record<string, unknown>) => ({
      reason: str(cause?.reason),
      message: clip(str(cause?.message), 20_000),
      field: clip(str(cause?.field), 1000),
    })),
  }
}

/** Far more than an object has fields that people look at. */
const maxCauses = 1000

/** Undoes Go's `%q`, which is JSON but for rare escapes. */
function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1)
  }
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** A request in a few words. */
export function describeRequest({ verb, ref, type }: ApiRequest): string {
  return ref !== undefined ? `${verb} ${formatRef(ref)}` : type !== undefined ? `${verb} ${type.kind}` : verb
}
