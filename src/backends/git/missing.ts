import { similarNames } from './similar-names.ts'

const shown = 5

/** Why a commit has no path, with the most similar of `names`, which are in the directory `within`. `at` names the commit. */
export function missingPath(at: string, path: string, within: string, names: readonly string[]): string {
  const [wanted = ''] = path.slice(within === '' ? 0 : within.length + 1).split('/')
  return `${at} has no path ${quote(path)}; ${within === '' ? 'its root' : quote(within)} has ${listed(wanted, names)}`
}

/** Why there is no tag, with the most similar of those that there are, when they are known. */
export function missingTag(tag: string, tags: readonly string[] | undefined): string {
  return `there is no tag ${quote(tag)}${tags === undefined ? '' : `; there is ${listed(tag, tags)}`}`
}

function listed(wanted: string, names: readonly string[]): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : ''
  return similarNames(wanted, names, shown).map(quote).join(', ') + more || 'none'
}

/** A text of the user or of a repository in a message: one line, and not too long. */
export function quote(text: string): string {
  const shown = JSON.stringify(String(text))
  return shown.length > 120 ? `${shown.slice(0, 120)}…"` : shown
}
