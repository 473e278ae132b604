import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A request as an API server records it. */
export interface AuditedRequest {
  readonly verb: string
  /** Such as `configmaps` or `syncs/status`; the path of what is no resource. */
  readonly resource: string
  readonly name: string | undefined
}

/** The record that an API server keeps of each request of some users. */
export interface AuditLog extends AsyncDisposable {
  /** What the API server is started with. */
  readonly args: readonly string[]
  /** The requests of one client so far, in their order; the last ones may not be there yet. */
  requestsOf(userAgent: string): Promise<readonly AuditedRequest[]>
}

interface Entry {
  readonly auditID: string
  readonly userAgent: string
  readonly verb: string
  readonly requestURI: string
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string }
}

export async function auditLog(users: readonly string[] = ['admin']): Promise<AuditLog> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fleetkit-audit-'))
  const [policy, log] = ['policy.json', 'audit.log'].map((name) => path.join(folder, name)) as [string, string]
  const rules = [{ level: 'Metadata', users }, { level: 'None' }]
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }))
  return {
    args: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    async requestsOf(userAgent) {
      const lines = (await readFile(log, 'utf8')).split('\n')
      const entries = lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Entry] : []))
      // A watch is recorded when it begins and when it ends.
      const requests = new Map(entries.filter((entry) => entry.userAgent === userAgent).map((entry) => [entry.auditID, entry]))
      return [...requests.values()].map(({ verb, requestURI, objectRef }) => ({
        verb,
        resource: objectRef === undefined ? requestURI : [objectRef.resource, ...[objectRef.subresource ?? []].flat()].join('/'),
        name: objectRef?.name,
      }))
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
