import { canonicalJson } from '../../json/canonical-json.ts'
import { maxNameLength } from '../../names.ts'
import { withoutDefaults } from '../../schema/without-defaults.ts'
import { sha256 } from '../../sha256.ts'
import { moduleRevisionSpecSchema } from './schema.ts'
import type { ModuleRevisionSpecInput } from './types.generated.ts'

/**
 * The name of the revision with a spec: that of its module, as far as there is room, and the digest of all that the spec says. So one content has one name, in
 * whatever order its fields are and whether defaults are written out or not, and no revision can be changed under its name.
 *
 * @category ModuleRevision
 */
export function moduleRevisionNameOf(spec: ModuleRevisionSpecInput): string {
  const digest = sha256(canonicalJson(withoutDefaults(moduleRevisionSpecSchema, spec))).slice(0, 16)
  return `${spec.module.name.slice(0, maxNameLength - 1 - digest.length)}-${digest}`
}
