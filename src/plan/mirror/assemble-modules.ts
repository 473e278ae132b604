import { FleetkitError } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { firstOf } from '../../model/errors/problem.ts'
import type { Assemblage } from '../../model/kinds/assemblage/assemblage.ts'
import type { AssembledSync } from '../../model/kinds/assemblage/types.generated.ts'
import type { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import type { RemoteAssemblage } from '../../model/kinds/remote-assemblage/remote-assemblage.ts'
import type { AssignedModule } from '../../model/kinds/remote-assemblage/types.generated.ts'
import { digestOfSync, specialisedSync } from '../fleet/specialise/specialised-sync.ts'
import type { MirrorHold } from './next-mirror-status.ts'

/**
 * The Assemblage of a RemoteAssemblage with modules, or why there is none: nothing is applied but exactly what was assigned.
 *
 * @param revisionOf - the ModuleRevision of a name; an error for one that is none, `undefined` where there is none
 */
export function assembleModules(
  remote: RemoteAssemblage,
  revisionOf: (name: string) => ModuleRevision | FleetkitError | undefined,
): Assemblage | MirrorHold {
  const syncs = new Map<AssignedModule, AssembledSync>()
  const missing: string[] = []
  const wrong: string[] = []
  for (const module of remote.spec.modules ?? []) {
    const revision = revisionOf(module.revision)
    const made = revision && syncOf(module, revision)
    if (made === undefined) missing.push(`${module.revision} of module ${module.name}`)
    else if (typeof made === 'string') wrong.push(`module ${module.name}, revision ${module.revision}: ${made}`)
    else syncs.set(module, made)
  }
  if (wrong.length > 0) return refusal('RevisionMismatch', firstOf(wrong, '; '))
  if (missing.length > 0)
    return { status: 'Unknown', reason: 'RevisionNotFound', message: `there is no ModuleRevision ${firstOf(missing, ', ')}` }
  const assemblage = orInvalid(() => remote.assemblageWith((module) => syncs.get(module) as AssembledSync))
  return assemblage instanceof FleetkitError ? refusal('Invalid', assemblage.message) : assemblage
}

/** The sync of a module, or what is wrong with it. */
function syncOf({ name, digest, values = {} }: AssignedModule, revision: ModuleRevision | FleetkitError): AssembledSync | string {
  const sync = revision instanceof FleetkitError ? revision : orInvalid(() => specialisedSync(revision, values))
  if (sync instanceof FleetkitError) return sync.message
  if (sync.name !== name) return `found a revision of module ${sync.name}, accepted one of ${name}`
  const found = digestOfSync(sync)
  return found === digest ? sync : `found digest ${found}, accepted ${digest}`
}

function refusal(reason: string, message: string): MirrorHold {
  return { status: 'False', reason, message, stalled: true }
}
