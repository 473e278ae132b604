import { copyOf } from '../../../model/mirror/status.ts'
import { refOf } from '../../../model/reference.ts'
import { holdOf } from '../../cluster/hold.ts'
import type { MirrorEnd } from '../end.ts'
import { saveMirrorStatus } from '../save-status.ts'

/**
 * The cluster that connects to the management and keeps its copies itself. It may write no more of a ProxySync than its status. What it says stands only while the
 * management hears from it, so it says nothing before its Cluster there is ready.
 *
 * @param cluster - the name of that Cluster
 */
export function agentEnd(cluster: string): MirrorEnd {
  return {
    keeps: (object) => object?.metadata.name === cluster && holdOf(refOf(object), object) === undefined,
    leave: async () => {},
    hold: async (object) => object,
    holds: () => true,
    async release(object, context) {
      if (copyOf(object) === undefined) return
      const message = 'its copy is gone from its cluster, or left there'
      await saveMirrorStatus(object, { copy: null }, { status: 'False', reason: 'Terminating', message }, context)
    },
  }
}
