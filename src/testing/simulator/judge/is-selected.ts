import { selectsCluster } from '../../../model/kinds/module/selects-cluster.ts'
import type { ModuleSpec } from '../../../model/kinds/module/types.generated.ts'

/** Whether a Module is for a cluster, as far as that goes by its labels and name. */
export function isSelected({ clusters }: Pick<ModuleSpec, 'clusters'>, cluster: Parameters<typeof selectsCluster>[1]): boolean {
  if (clusters === undefined) return false
  const { expr: _, ...rest } = clusters
  return selectsCluster(rest, cluster) === true
}
