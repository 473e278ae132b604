import { FleetkitError } from '../../model/errors/error.ts'
import { formatProblem } from '../../model/errors/problem.ts'
import { isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'
import { formatYaml, parseYaml } from '../../model/yaml/yaml.ts'

/**
 * A kubeconfig for the same API server with another token, and nothing else of the user that it was for.
 *
 * @throws FleetkitError `cluster/config`, with nothing of the text in its message
 */
export function kubeconfigWithToken(kubeconfig: string, token: string): string {
  const { cluster } = currentOf(kubeconfig)
  if (typeof cluster.server !== 'string') throw unusable('clusters[].cluster.server', 'nothing', 'a URL')
  if (cluster['certificate-authority'] !== undefined)
    throw unusable('clusters[].cluster.certificate-authority', 'a file', 'certificate-authority-data: a file is on one machine alone')
  const name = 'management'
  return formatYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

/** The token in a kubeconfig; `undefined` when it has none, or cannot be read. */
export function tokenIn(kubeconfig: string): string | undefined {
  try {
    const { token } = currentOf(kubeconfig).user
    return typeof token === 'string' ? token : undefined
  } catch {
    return undefined
  }
}

function currentOf(text: string): { readonly cluster: JsonObject; readonly user: JsonObject } {
  const config = parsed(text)
  const current = config['current-context']
  const context = named(config.contexts, current, 'context')
  if (context === undefined) throw unusable('current-context', 'that of no context', 'the name of one of contexts')
  const cluster = named(config.clusters, context.cluster, 'cluster')
  if (cluster === undefined) throw unusable('contexts[].context.cluster', 'that of no cluster', 'the name of one of clusters')
  return { cluster, user: named(config.users, context.user, 'user') ?? {} }
}

function parsed(text: string): JsonObject {
  const accepted = 'a kubeconfig: one YAML document with clusters, users, contexts and current-context'
  let value: unknown
  try {
    value = parseYaml(text)[0]?.value
  } catch (cause) {
    throw unusable('the whole', 'what is no YAML', accepted, cause)
  }
  if (!isMap(value)) throw unusable('the whole', 'no mapping', accepted)
  return value as JsonObject
}

/** What a list has under a name. */
function named(list: Json | undefined, name: Json | undefined, field: string): JsonObject | undefined {
  const entry = Array.isArray(list) ? list.find((each) => isMap(each) && each.name === name && name !== undefined) : undefined
  const value = isMap(entry) ? entry[field] : undefined
  return isMap(value) ? (value as JsonObject) : undefined
}

function unusable(path: string, found: string, accepted: string, cause?: unknown): FleetkitError {
  const problem = { path, found, accepted }
  return new FleetkitError('cluster/config', `the kubeconfig: ${formatProblem(problem)}`, { problems: [problem], cause })
}
