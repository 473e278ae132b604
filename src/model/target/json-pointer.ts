/** The form of a JSON pointer (RFC 6901) to something inside of an object, as a regular expression. */
export const jsonPointerPattern = '^(/([^~/]|~[01])*)+$'

/** The steps of a JSON pointer: the names of fields, and positions in lists. */
export function parseJsonPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What {@link parseJsonPointer} reads. */
export function formatJsonPointer(steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
