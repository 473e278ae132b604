/** Up to this many objects of one kind in one namespace are read one by one; more are listed. */
export const fewObjects = 8
/** How many objects a page of a list has. */
export const pageSize = 500
