/** Whether a value is absent, `null`, or what `is` says. */
export function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || is(value)
}
