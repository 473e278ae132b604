/** How many objects a page of a list of live objects has: twice as many as clients usually ask for, so that 10,000 of one type take ten requests. */
export const pageSize = 1000
