/** Changes what can be changed of a value, to all its depth. A frozen one takes nothing. */
export function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, field] of Object.entries(value)) {
    spoil(field)
    Reflect.set(value, key, 'spoiled')
  }
  Reflect.set(value, 'added', 'spoiled')
}
