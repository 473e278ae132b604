import { below, emptyFieldSet, type FieldSet } from '../../manifest/fields/field-set.ts'
import { type FieldOwner, fieldOwners, isApplier, ownedFields } from '../../manifest/fields/managers.ts'
import { formatPath, type PathElement } from '../../manifest/fields/path-element.ts'
import { authorAt, otherOwners, ownsAt } from '../../manifest/places/author.ts'
import { driftedPlaces } from '../../manifest/places/drift.ts'
import { type Located, locatePaths, locatePointer } from '../../manifest/places/locate.ts'
import { isKey, newPlace, type Place, rootPlace } from '../../manifest/places/place.ts'
import { replaceAll } from '../../manifest/places/replace.ts'
import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import type { Problem } from '../../model/errors/problem.ts'
import type { FieldAuthor } from '../../model/field-author.ts'
import { type Owner, ownerLabels } from '../../model/kinds/owner.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, refOf } from '../../model/reference.ts'
import { formatJsonPointer } from '../../model/target/json-pointer.ts'
import type { FieldDecision } from './field-decision.ts'
import type { PathRule } from './field-rules.ts'

/** An object as it is applied, and what became of its fields. */
export interface KeptFields {
  readonly object: KubeObject
  readonly decisions: readonly FieldDecision[]
  /** JSON pointers to the fields that the rules are about, whether they differ or not. */
  readonly ignored: readonly string[]
  readonly problems: readonly Problem[]
}

/** A field that is left as it is for a while, because another manager writes it again and again. */
export interface HeldField {
  /** As a plan shows it: `.spec.replicas`. */
  readonly path: string
}

/** What {@link keepFields} decides by. */
export interface KeepInput {
  readonly sync: Owner
  /** The field manager of the Sync. */
  readonly manager: string
  /** Those that select the object. */
  readonly rules: readonly PathRule[]
  readonly held: readonly HeldField[]
  /** Whether a manager will not come back for what it applied: its fields are taken over. */
  readonly isFormer: (manager: string) => boolean
}

/**
 * Leaves fields as they are in the cluster. Where the live value is another one than the source's, the field is left out of what is applied when another
 * manager applies it too, and otherwise the live value is applied: as Flux does, but value by value below a path.
 */
export function keepFields(object: KubeObject, live: KubeObject | undefined, input: KeepInput): KeptFields {
  if (input.rules.length === 0 && input.held.length === 0) return { object, decisions: [], ignored: [], problems: [] }
  const root = live === undefined ? newPlace(object) : rootPlace(object, live)
  const ruled = locateRules(root, input.rules)
  const found = [...ruled, ...locateHeld(root, input.held)]
  // Of an object that is created, everything is applied.
  const ignored = live === undefined ? [] : [...new Set(input.rules.flatMap(({ pointers = [] }) => pointers.map(formatJsonPointer)))]
  const problems = found.flatMap((each) => keyProblem(object, each))
  if (live === undefined || found.length === 0 || problems.length > 0) return { object, decisions: [], ignored, problems }
  const mine = ownedFields(fieldOwners(live).filter((owner) => isApplier(owner, input.manager)))
  const places = new Map<string, { readonly rule: string; readonly located: Located }>()
  // An item that is created is applied in full, as an object is.
  for (const { rule, located } of found.filter((each) => each.located.inNewItem !== true))
    for (const each of driftedPlaces(located, at(mine, located.path))) {
      const path = formatPath(each.path)
      if (!places.has(path)) places.set(path, { rule, located: each })
    }
  const others = otherOwners(live, input.manager)
  const appliers = others.filter(
    ({ operation, subresource, manager }) => operation === 'Apply' && subresource === '' && !input.isFormer(manager),
  )
  const decided = [...places].map(([path, { rule, located }]) => ({ located, decision: decide(path, rule, located, others, appliers) }))
  const unfit = decided.flatMap(({ located, decision }) => wholeProblem(object, located, decision))
  if (unfit.length > 0) return { object, decisions: [], ignored, problems: unfit }
  return {
    object: withOwner(withDecisions(object, live, decided), input.sync),
    decisions: decided.map(({ decision }) => decision),
    ignored,
    problems: [],
  }
}

/** A decision, and the place that it is about. */
export interface Decided {
  readonly located: Located
  readonly decision: FieldDecision
}

/** An object with what was decided about its fields. */
export function withDecisions(object: KubeObject, live: KubeObject, decided: readonly Decided[]): KubeObject {
  const replacements = decided
    .filter(({ decision }) => decision.action !== 'force')
    .map(({ located: { path, place }, decision }) => ({ path, value: decision.action === 'adopt' ? place.live : undefined }))
  return replaceAll(rootPlace(object, live), replacements) as unknown as KubeObject
}

/** An object with the labels of its Sync, which no rule takes from it. */
export function withOwner(object: KubeObject, sync: Owner): KubeObject {
  const { metadata } = object
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...ownerLabels(sync) } } }
}

/** An object with the live values of the fields that were left as they are. */
export function withLiveValues(
  object: KubeObject,
  live: KubeObject,
  decisions: readonly FieldDecision[],
  action: 'adopt' | 'strip',
): KubeObject {
  const kept = decisions.filter((decision) => decision.action === action)
  const found = locatePaths(rootPlace(object, live), new Set(kept.map(({ path }) => path)))
  const replacements = [...found.values()].map(({ path, place }) => ({ path, value: place.live }))
  return replaceAll(rootPlace(object, live), replacements) as unknown as KubeObject
}

/** Whether live values are part of what is applied: of any field, or of one that conflicts are about. */
export function adoptsAny(decisions: readonly FieldDecision[], conflicts?: readonly FieldConflict[]): boolean {
  const adopted = decisions.filter(({ action }) => action === 'adopt').map(({ path }) => path)
  if (conflicts === undefined) return adopted.length > 0
  const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || a.startsWith(`${b}[`)
  return conflicts.some(({ fields }) => fields.some((field) => adopted.some((path) => overlap(path, field) || overlap(field, path))))
}

interface Found {
  readonly rule: string
  readonly located: Located
}

function locateRules(root: Place, rules: readonly PathRule[]): readonly Found[] {
  return rules.flatMap(({ name, pointers = [] }) =>
    pointers.flatMap((pointer) => {
      const located = locatePointer(root, pointer)
      return located === undefined ? [] : [{ rule: name, located }]
    }),
  )
}

function locateHeld(root: Place, held: readonly HeldField[]): readonly Found[] {
  return [...locatePaths(root, new Set(held.map(({ path }) => path))).values()].map((located) => ({ rule: 'contention', located }))
}

function decide(
  path: string,
  rule: string,
  located: Located,
  others: readonly FieldOwner[],
  appliers: readonly FieldOwner[],
): FieldDecision {
  const author: FieldAuthor | undefined = authorAt(others, located)
  const strip = appliers.some(({ fields }) => ownsAt(fields, located))
  return { path, action: strip ? 'strip' : 'adopt', rule, ...(author === undefined ? {} : { author }) }
}

/** What tells the items of a list apart cannot be another value than the source's. */
function keyProblem(object: KubeObject, { rule, located: { path } }: Found): readonly Problem[] {
  const last = path.at(-1)
  if (last === undefined || !isKey(path.at(-2), last)) return []
  const found = `${formatPath(path)}, which tells the items of its list apart`
  return [
    {
      path: `${formatRef(refOf(object))}: ${rule}.paths`,
      found,
      accepted: `another field of the item, or ${formatPath(path.slice(0, -1))} as a whole`,
    },
  ]
}

/** A part of a value that is applied as a whole cannot be left out. */
function wholeProblem(object: KubeObject, { path, place }: Located, { rule, action, author }: FieldDecision): readonly Problem[] {
  if (action !== 'strip' || !place.atomic) return []
  const found = `${formatPath(path)}, which is part of a value that ${author?.manager} applies as a whole`
  return [{ path: `${formatRef(refOf(object))}: ${rule}.paths`, found, accepted: 'the path of that value' }]
}

function at(set: FieldSet, path: readonly PathElement[]): FieldSet {
  return path.reduce((node, element) => below(node, element), set ?? emptyFieldSet)
}
