import { parentPort } from 'node:worker_threads'
import { type ParsedDocument, parseFile } from '../../../manifest/parse-file.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { ErrorCode } from '../../../model/errors/error-codes.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import type { YamlLimits } from '../../../model/yaml/yaml.ts'

/** What is to be read next; `undefined` asks for more of what was read last. */
export interface ReadRequest {
  readonly path: string
  readonly content: Uint8Array | string
  readonly yaml: YamlLimits | undefined
  readonly variables: boolean | undefined
}

export interface ReadAnswer {
  /** A {@link ParsedDocument} as JSON, of a length that is parsed in a few milliseconds, or in some tens for one large object. */
  readonly document?: string
  readonly failure?: { readonly code: ErrorCode; readonly message: string }
  readonly last: boolean
}

/** No API server takes a larger request. */
const mostObjectBytes = 3 * 2 ** 20
const answerBytes = 256 * 1024
/** More of them help no one. */
const mostProblems = 1000

let answers: Iterator<ReadAnswer> | undefined

parentPort?.on('message', (request: ReadRequest | undefined) => {
  if (request !== undefined) answers = answersTo(request)
  parentPort?.postMessage(next())
})

function next(): ReadAnswer {
  try {
    return answers?.next().value ?? { last: true }
  } catch (error) {
    if (error instanceof FleetkitError) return { failure: { code: error.code, message: error.message }, last: true }
    throw error
  }
}

function* answersTo({ path, content, yaml, variables }: ReadRequest): Generator<ReadAnswer> {
  let objects: string[] = []
  let problems: Problem[] = []
  let size = 0
  let seen = 0
  const answer = (last: boolean): ReadAnswer => {
    const document = `{"objects":[${objects.join(',')}],"problems":${JSON.stringify(problems)}}`
    objects = []
    problems = []
    size = 0
    return { document, last }
  }
  for (const parsed of parseFile(path, content, { yaml, variables })) {
    for (const object of parsed.objects) {
      const text = JSON.stringify(object)
      size += text.length
      if (text.length <= mostObjectBytes) objects.push(text)
      else problems.push(tooLarge(object, text.length))
      if (size > answerBytes) yield answer(false)
    }
    seen += parsed.problems.length
    for (const problem of parsed.problems.slice(0, mostProblems)) problems.push(problem)
    if (seen > mostProblems) break
  }
  yield answer(true)
}

function tooLarge({ origin, object }: RenderedObject, length: number): Problem {
  const found = `${object.kind} ${object.metadata.name} of ${length} characters as JSON`
  return { path: origin, found, accepted: `at most ${mostObjectBytes}: no API server takes a larger request` }
}
