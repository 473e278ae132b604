import { type Controller, controller, type KubeObject } from 'fleetkit'
import type { GitFiles } from 'fleetkit/memory'

/** The shop at a version, as it lies in git: three objects, each of which says the version. */
export function shopAt(version: string): GitFiles {
  return {
    'config.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { version: ${version} }\n`,
    'account.yaml': `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: shop, annotations: { version: ${version} } }\n`,
    'deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { serviceAccountName: shop, containers: [{ name: shop, image: 'example.com/shop:${version}' }] }
`,
  }
}

/** What runs in the clusters: plays the controllers of Kubernetes, for which each Deployment is available as soon as it is seen, but for what is said here. */
export class Workloads {
  /** As `eu-1 v2`: what fails there. */
  readonly failing: Set<string> = new Set()
  /** As `eu-1`: where what is new is not started yet. */
  readonly waiting: Set<string> = new Set()

  controllerOf(cluster: string): Controller {
    return controller({
      for: { apiVersion: 'apps/v1', kind: 'Deployment' },
      reconcile: async ({ object }, { store, signal }) => {
        const { observedGeneration } = (object?.status ?? {}) as { readonly observedGeneration?: number }
        if (object === undefined || observedGeneration === object.metadata.generation) return undefined
        if (this.waiting.has(cluster)) return { requeueAfterMs: 50 }
        const isFailing = this.failing.has(`${cluster} ${versionOf(object)}`)
        await store.update({ ...object, status: statusOf(object, isFailing) }, { subresource: 'status', signal })
        return undefined
      },
    })
  }
}

function versionOf({ spec }: KubeObject): string {
  return (
    spec as { readonly template: { readonly spec: { readonly containers: readonly [{ readonly image: string }] } } }
  ).template.spec.containers[0].image.split(':')[1] as string
}

function statusOf({ metadata }: KubeObject, isFailing: boolean): NonNullable<KubeObject['status']> {
  const at = new Date().toISOString().replace(/\.\d+/, '')
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: reason,
    lastUpdateTime: at,
    lastTransitionTime: at,
  })
  const conditions = isFailing
    ? [condition('Available', 'False', 'MinimumReplicasUnavailable'), condition('Progressing', 'False', 'ProgressDeadlineExceeded')]
    : [condition('Available', 'True', 'MinimumReplicasAvailable'), condition('Progressing', 'True', 'NewReplicaSetAvailable')]
  const available = isFailing ? { unavailableReplicas: 1 } : { readyReplicas: 1, availableReplicas: 1 }
  return { observedGeneration: metadata.generation as number, replicas: 1, updatedReplicas: 1, ...available, conditions }
}
