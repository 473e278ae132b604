import type { PathElement } from '../../manifest/fields/path-element.ts'
import { locatePointer } from '../../manifest/places/locate.ts'
import type { Place } from '../../manifest/places/place.ts'
import type { ConflictRule, SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { parseJsonPointer } from '../../model/target/json-pointer.ts'
import { compilePattern } from '../../model/target/match-pattern.ts'
import { compileTarget } from '../../model/target/target.ts'

/** The rules of a Sync for fields, ready to be asked. */
export interface FieldRules {
  readonly ignore: readonly PathRule[]
  readonly conflicts: readonly CompiledConflictRule[]
}

/** Fields of the objects that a rule selects. */
export interface PathRule {
  /** Where it stands: `spec.ignore[0]`. */
  readonly name: string
  readonly selects: (object: KubeObject) => boolean
  /** All fields when absent. */
  readonly pointers?: readonly (readonly string[])[] | undefined
}

/** Who wins over those fields. */
export interface CompiledConflictRule extends PathRule {
  readonly action: ConflictRule['action']
  readonly concerns: (manager: string) => boolean
}

/** Prepares the rules of a specification that is valid. */
export function compileFieldRules({ ignore = [], conflicts = [] }: Pick<SyncSpec, 'ignore' | 'conflicts'>): FieldRules {
  return {
    ignore: ignore.map(({ paths, target }, index) => pathRule(`spec.ignore[${index}]`, paths, target)),
    conflicts: conflicts.map(({ paths, target, managers, action }, index) => {
      const patterns = managers?.map((manager) => compilePattern(manager))
      const concerns = (manager: string): boolean => patterns?.some((matches) => matches?.(manager) === true) ?? true
      return { ...pathRule(`spec.conflicts[${index}]`, paths, target), action, concerns }
    }),
  }
}

/** The rules that are about an object. */
export function rulesFor({ ignore, conflicts }: FieldRules, object: KubeObject): FieldRules {
  return { ignore: ignore.filter((rule) => rule.selects(object)), conflicts: conflicts.filter((rule) => rule.selects(object)) }
}

function pathRule(name: string, paths: readonly string[] | undefined, target: ConflictRule['target']): PathRule {
  return { name, selects: compileTarget(target), pointers: paths?.map(parseJsonPointer) }
}

/** Whether a rule that selects the object is about a path of it. */
export function covers({ pointers }: PathRule, root: Place, path: readonly PathElement[] | undefined): boolean {
  if (pointers === undefined) return true
  if (path === undefined) return false
  return pointers.some((pointer) => {
    const found = locatePointer(root, pointer)
    return found?.path.every((element, index) => element === path[index]) === true && found.path.length <= path.length
  })
}
