/**
 * One manager that owns fields which an apply wanted to set to other values.
 *
 * @category Errors
 */
export interface FieldConflict {
  /** Name of the field manager that owns the fields now. */
  readonly manager: string
  /** How it took them: `Apply` is another applier, `Update` is an edit, a script or a controller. */
  readonly operation: 'Apply' | 'Update'
  /** Paths as the API server writes them, e.g. `.spec.replicas`, `.spec.containers[name="web"].image`. Sorted. */
  readonly fields: readonly string[]
}
