import { describe, inject } from 'vitest'
import type {} from './global-setup.ts'
import type { SharedControlPlane } from './shared.ts'

export { type AuditLog, auditLog } from './audit-log.ts'
export * from './control-plane.ts'
export type { SharedControlPlane } from './shared.ts'

/** A `describe` that needs the real servers, and says so when they are missing. */
export function describeWithServers(name: string, body: () => void): void {
  describeIf(inject('sharedServers') !== null, name, 'real servers', body)
}

/** A `describe` that needs real servers and the programs of Flux, and says so when they are missing. */
export function describeWithFlux(name: string, body: () => void): void {
  describeIf(inject('flux'), name, 'real servers and Flux', body)
}

function describeIf(isThere: boolean, name: string, needed: string, body: () => void): void {
  if (isThere) describe(name, body)
  else if (process.env.CI) throw new Error(`${name} needs ${needed}, and nothing may be skipped under CI`)
  else describe.skip(`${name} (needs ${needed}: npm run servers)`, body)
}

/**
 * The etcd and API server that every suite shares: started for the first that asks, stopped after the last test.
 * Keep to namespaces of your own. To disturb a server, start one with {@link startApiServer} on the shared etcd.
 *
 * @param options.controllers - also run a kube-controller-manager, for deletion of namespaces and status of workloads
 */
export function sharedControlPlane({ controllers = false }: { readonly controllers?: boolean } = {}): Promise<SharedControlPlane> {
  return ask(`/control-plane${controllers ? '/controllers' : ''}`) as Promise<SharedControlPlane>
}

/** The shared etcd alone. Use keys below a prefix of your own. */
export function sharedEtcd(): Promise<{ readonly url: string }> {
  return ask('/etcd') as Promise<{ readonly url: string }>
}

async function ask(path: string): Promise<unknown> {
  const response = await fetch(inject('sharedServers') + path)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return JSON.parse(text)
}
