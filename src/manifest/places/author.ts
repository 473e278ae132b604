import type { FieldAuthor } from '../../model/field-author.ts'
import type { KubeObject } from '../../model/object.ts'
import type { FieldChange } from '../fields/field-change.ts'
import { type FieldSet, isEmptyFieldSet } from '../fields/field-set.ts'
import { type FieldOwner, fieldOwners, isApplier } from '../fields/managers.ts'
import { formatPath } from '../fields/path-element.ts'
import type { Located } from './locate.ts'

/** The owners of an object beside the manager who applies it. */
export function otherOwners(live: KubeObject, manager: string): readonly FieldOwner[] {
  return fieldOwners(live).filter((owner) => !isApplier(owner, manager))
}

/** The one of `owners` that wrote last what is at a place, or part of it. */
export function authorAt(owners: readonly FieldOwner[], located: Located): FieldAuthor | undefined {
  return latest(owners.filter(({ fields }) => ownsAt(fields, located)))
}

/** Whether a set has a place, something below it, or the whole value that it is part of. */
export function ownsAt(set: FieldSet, { path, place }: Located): boolean {
  let node = set
  for (const element of path) {
    const next = node.children.get(element)
    // What is owned and has nothing below it is a whole value, or a map that was applied empty.
    if (next === undefined) return place.atomic && node.member && node.children.size === 0
    node = next
  }
  return !isEmptyFieldSet(node)
}

/** Changes of a live object with the manager who wrote what is there now, if that is another one than `manager`. */
export function explainChanges(changes: readonly FieldChange[], live: KubeObject, manager: string): readonly FieldChange[] {
  if (changes.length === 0) return changes
  const authors = new Authors(otherOwners(live, manager))
  return changes.map((change) => {
    const author = authors.of(change.path)
    return author === undefined ? change : { ...change, author }
  })
}

/** Authors by paths as they are written in changes. */
class Authors {
  /** Of a field, or of something below it. */
  readonly #below = new Map<string, FieldAuthor>()
  /** Of a value that is owned as a whole. */
  readonly #whole = new Map<string, FieldAuthor>()

  constructor(owners: readonly FieldOwner[]) {
    for (const owner of [...owners].sort(byTime)) this.#add('', owner.fields, authorOf(owner))
  }

  #add(path: string, { member, children }: FieldSet, author: FieldAuthor): void {
    if (path !== '') this.#below.set(path, author)
    if (member && children.size === 0) this.#whole.set(path, author)
    for (const [element, child] of children) this.#add(path + formatPath([element]), child, author)
  }

  of(path: string): FieldAuthor | undefined {
    const found = this.#below.get(path)
    if (found !== undefined) return found
    for (let at = path.length - 1; at > 0; at--) {
      const author = path[at] === '.' || path[at] === '[' ? this.#whole.get(path.slice(0, at)) : undefined
      if (author !== undefined) return author
    }
    return undefined
  }
}

function latest(owners: readonly FieldOwner[]): FieldAuthor | undefined {
  const last = [...owners].sort(byTime).at(-1)
  return last && authorOf(last)
}

function authorOf({ manager, operation, subresource, time }: FieldOwner): FieldAuthor {
  return { manager, operation, ...(subresource === '' ? {} : { subresource }), ...(time === undefined ? {} : { time }) }
}

/** The latest last; of two at one time the one by name, so that the answer is always the same. */
function byTime(a: FieldOwner, b: FieldOwner): number {
  const [first, second] = [a, b].map(({ time = '', manager, operation }) => `${time}\n${manager}\n${operation}`) as [string, string]
  return first < second ? -1 : first > second ? 1 : 0
}
