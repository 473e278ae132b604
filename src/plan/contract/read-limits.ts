/** How many objects a page of a list of live objects has. */
export const pageSize = 500
