import { loadOnce } from '../../async/load-once.ts'

/** What plans and carries out an attempt: loaded with the first one. */
export const loadAttempt: () => Promise<typeof import('./operations.ts')> = loadOnce(() => import('./operations.ts'))
