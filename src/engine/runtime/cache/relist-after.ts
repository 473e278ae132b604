/** A watch of a server that was restored from a backup, and is by now beyond what was seen of it, says nothing of that: after this long, in milliseconds, a list is asked for. */
export const relistAfterMs = 600_000
