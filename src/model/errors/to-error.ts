/** What was thrown, as an error: anything can be, also what cannot be printed. Never throws. */
export function toError(thrown: unknown): Error {
  try {
    return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
  } catch {
    // Without the cause, which what prints this error could not print either.
    return new Error('something was thrown that cannot be printed')
  }
}
