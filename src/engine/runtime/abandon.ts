/** How long what was aborted is waited for before it is given up, in milliseconds. */
export const abandonAfterMs = 1000
