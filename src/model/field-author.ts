/**
 * Who wrote a field, as `metadata.managedFields` says.
 *
 * @category Plans
 */
export interface FieldAuthor {
  /** Name of the field manager. */
  readonly manager: string
  /** How it wrote: `Apply` is an applier, `Update` an edit, a script or a controller. */
  readonly operation: 'Apply' | 'Update'
  /** By way of which subresource, e.g. `scale`. */
  readonly subresource?: string | undefined
  /** When it last wrote to the object, RFC 3339. */
  readonly time?: string | undefined
}
