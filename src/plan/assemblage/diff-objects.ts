import { below } from '../../manifest/fields/field-set.ts'
import { fieldOwners } from '../../manifest/fields/managers.ts'
import { fieldElement } from '../../manifest/fields/path-element.ts'
import type { DriverChange, DriverInput } from '../../model/kinds/assemblage/driver-input.ts'
import { assembledDigestAnnotation } from '../../model/kinds/assemblage/marks.ts'
import type { KubeObject } from '../../model/object.ts'
import { editsOf } from '../fields/edits.ts'
import { foundOf, indexInput } from './index-input.ts'
import { isMarked, syncOf } from './marked-object.ts'

/**
 * What has to be written so that there are these objects, in their order. What is not ours, and what is being deleted, is left alone.
 *
 * @param wanted - as {@link markedObject} makes them
 */
export function diffObjects(wanted: readonly KubeObject[], input: DriverInput): readonly DriverChange[] {
  return wanted.flatMap((object) => changeOf(object, foundOf(object, input), input) ?? [])
}

function changeOf(wanted: KubeObject, found: KubeObject | undefined, input: DriverInput): DriverChange | undefined {
  const sync = syncOf(wanted)
  if (found === undefined) return { action: 'create', object: wanted, sync, reason: 'absent', edits: [] }
  if (!isMarked(found, input.assemblage) || found.metadata.deletionTimestamp !== undefined) return undefined
  const object = onto(wanted, found)
  const isKnown = sync === undefined || indexInput(input).known.get(sync)?.uid === found.metadata.uid
  // Written again when it is not known which generation is ours, the answer says it.
  if (!isKnown || !isSameVersion(wanted, found)) return { action: 'update', object, sync, reason: 'changed', edits: [] }
  const edits = objectEdits(wanted, found)
  return edits.length === 0 ? undefined : { action: 'update', object, sync, reason: 'edited', edits }
}

/** Whether an object is of the version that is wanted, edited or not. */
export function isSameVersion(wanted: KubeObject, found: KubeObject): boolean {
  return digestOf(wanted) === digestOf(found)
}

/** The fields of an object that others have edited; what its API server added, or its controller beside the specification, is no edit. */
export function objectEdits(wanted: KubeObject, found: KubeObject): readonly string[] {
  const { labels = {}, annotations = {} } = wanted.metadata
  const lost = (field: 'labels' | 'annotations', marks: Readonly<Record<string, string>>): readonly string[] =>
    Object.keys(marks).flatMap((key) => (found.metadata[field]?.[key] === marks[key] ? [] : [`metadata.${field}.${key}`]))
  return [...lost('annotations', annotations), ...editsOf(wanted, found, writersOf(found)), ...lost('labels', labels)]
}

/** As whom an object was written: those who own its digest. */
function writersOf(found: KubeObject): readonly string[] {
  const path = ['metadata', 'annotations', assembledDigestAnnotation].map(fieldElement)
  return fieldOwners(found)
    .filter((owner) => path.reduce((set, element) => below(set, element), owner.fields).member)
    .map(({ manager }) => manager)
}

/** What is wanted, on an object that is there already. What others have said of it beside stays. */
function onto(wanted: KubeObject, { metadata }: KubeObject): KubeObject {
  const labels = { ...metadata.labels, ...wanted.metadata.labels }
  const annotations = { ...metadata.annotations, ...wanted.metadata.annotations }
  return { ...wanted, metadata: { ...metadata, labels, annotations } }
}

function digestOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[assembledDigestAnnotation]
}
