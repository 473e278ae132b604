import { similarNames } from './similar-names.ts'

const shownTags = 3
const shownNames = 8

/** Why a commit has no path, with what is there instead. `at` names the commit. */
export function missingPath(at: string, path: string, within: string, names: readonly string[]): string {
  const wanted = path.slice(within === '' ? 0 : within.length + 1).split('/')[0] as string
  const where = within === '' ? 'at the root' : `in ${quote(within)}`
  const there = names.length === 0 ? 'there is nothing' : `there is ${listed(similarNames(wanted, names, shownNames), names.length)}`
  return `${at} has no path ${quote(path)}; ${where} ${there}`
}

/** Why there is no tag, with those that may be meant. */
export function missingTag(tag: string, tags: readonly string[]): string {
  const hint = tags.length === 0 ? 'there are no tags' : `there is ${listed(similarNames(tag, tags, shownTags), tags.length)}`
  return `there is no tag ${quote(tag)}; ${hint}`
}

function listed(names: readonly string[], all: number): string {
  const shown = names.map(quote).join(', ')
  return all > names.length ? `${shown} and ${all - names.length} more` : shown
}

/** A text of the user or of a repository in a message: one line, and not too long. */
export function quote(text: string): string {
  const shown = JSON.stringify(String(text))
  return shown.length > 120 ? `${shown.slice(0, 120)}…"` : shown
}
