/** What one error code means and whether trying the same call again can help. */
export interface ErrorCodeInfo {
  readonly retryable: boolean
  readonly meaning: string
}

/**
 * Every code a {@link FleetkitError} can carry, one per cause. Codes are stable: a new cause gets a new code.
 * `retryable` is the default of the code; an error may carry its own.
 */
export const errorCodes = {
  aborted: { retryable: false, meaning: 'The caller aborted the operation with its AbortSignal.' },
  timeout: { retryable: true, meaning: 'The operation did not finish within its time limit.' },
  closed: { retryable: false, meaning: 'The object was used after it had been closed.' },
  internal: { retryable: false, meaning: 'A broken invariant of the library itself; please report it.' },

  'model/invalid': { retryable: false, meaning: 'An object does not satisfy its schema; every problem is listed.' },
  'model/yaml': { retryable: false, meaning: 'A text is not the YAML or JSON that kubectl accepts.' },

  'store/not-found': { retryable: false, meaning: 'The object to update or delete does not exist.' },
  'store/exists': { retryable: false, meaning: 'The object to create exists already.' },
  'store/conflict': { retryable: true, meaning: 'The object changed since it was read: its resourceVersion or uid is another.' },
  'store/relist': { retryable: true, meaning: 'The version to watch or list from is compacted: list again, then watch from there.' },
  'store/lease-lost': { retryable: true, meaning: 'Somebody else holds the lease, or it could not be renewed in time.' },
  'store/unavailable': {
    retryable: true,
    meaning: 'The stored data cannot be reached now: locked for too long, not permitted, disk full, or an I/O error.',
  },
  'store/corrupt': { retryable: false, meaning: 'The stored data cannot be read: another schema version, or a damaged file.' },

  'cluster/unreachable': { retryable: true, meaning: 'No answer from the API server: refused, reset, name not found, or timed out.' },
  'cluster/unavailable': { retryable: true, meaning: 'The API server answered that it cannot serve now (5xx).' },
  'cluster/throttled': { retryable: true, meaning: 'The API server asked to slow down (429) for longer than the retries last.' },
  'cluster/unauthorized': { retryable: false, meaning: 'The API server does not accept the credentials (401), or none could be had.' },
  'cluster/forbidden': { retryable: false, meaning: 'The credentials do not permit the request (403).' },
  'cluster/unknown-kind': {
    retryable: false,
    meaning: 'The API server serves no such apiVersion and kind; its definition may be missing.',
  },
  'cluster/namespace-missing': { retryable: false, meaning: 'The namespace of the object does not exist.' },
  'cluster/namespace-terminating': { retryable: true, meaning: 'The namespace of the object is being deleted.' },
  'cluster/invalid': {
    retryable: false,
    meaning: 'The API server refuses the object: an unknown or malformed field, or a rule it violates.',
  },
  'cluster/immutable': { retryable: false, meaning: 'The change touches a field that cannot be changed; the object must be replaced.' },
  'cluster/field-conflict': { retryable: false, meaning: 'Fields are owned by another manager with other values.' },
  'cluster/admission': { retryable: false, meaning: 'An admission webhook or policy denied the request.' },
  'cluster/config': {
    retryable: false,
    meaning: 'The kubeconfig cannot be used: missing, malformed, or with an entry that is not allowed.',
  },
  'cluster/protocol': { retryable: true, meaning: 'The API server answered something that is not Kubernetes.' },

  'git/unreachable': { retryable: true, meaning: 'No answer from the git server.' },
  'git/unavailable': { retryable: true, meaning: 'The git server answered that it cannot serve now (429 or 5xx).' },
  'git/unauthorized': { retryable: false, meaning: 'The git server does not accept the credentials, or wants some.' },
  'git/repository-missing': { retryable: false, meaning: 'The git server knows no such repository, or hides it from these credentials.' },
  'git/ref-missing': { retryable: false, meaning: 'The repository has no such tag or commit.' },
  'git/path-missing': { retryable: false, meaning: 'The commit has no such path.' },
  'git/limit': { retryable: false, meaning: 'The content is larger than the limits allow.' },
  'git/protocol': { retryable: true, meaning: 'The git server answered something that is not git.' },
  'git/config': { retryable: false, meaning: 'The repository URL or the credentials are of a form that this backend cannot use.' },

  'source/tag-moved': {
    retryable: false,
    meaning: 'The tag points to another commit than the one first admitted; the admitted one stays.',
  },
  'source/unsafe-path': { retryable: false, meaning: 'A path is absolute, or leaves the tree by `..` or a symbolic link.' },
  'source/empty': { retryable: false, meaning: 'The version holds no objects, and pruning everything was not allowed.' },
  'source/duplicate': { retryable: false, meaning: 'Two documents of the version declare the same object.' },
  'source/object-invalid': { retryable: false, meaning: 'A document of the version is not a Kubernetes object.' },
  'source/limit': { retryable: false, meaning: 'A file, or what its aliases expand to, is larger than the limits allow.' },

  'render/failed': { retryable: false, meaning: 'The renderer refused the files.' },
  'render/unavailable': { retryable: false, meaning: 'The program that the renderer needs is not there.' },

  'sync/dependency': { retryable: true, meaning: 'A Sync that this one depends on is not ready.' },
  'sync/dependency-cycle': { retryable: false, meaning: 'Syncs depend on one another in a circle, so that none of them can begin.' },
  'sync/owned': { retryable: false, meaning: 'The object belongs to another Sync.' },
  'sync/unhealthy': { retryable: true, meaning: 'An applied object failed its health check.' },
  'sync/partial': { retryable: true, meaning: 'Some objects could not be applied; each has its own error.' },
  'sync/record': {
    retryable: true,
    meaning: 'The record of a Sync could not be written: its inventory, so that nothing was applied, or its outcome.',
  },
  'sync/terminating': {
    retryable: true,
    meaning: 'An object of the version is being deleted; it can be made anew once it is gone.',
  },
  'sync/suspended': { retryable: false, meaning: 'The Sync is suspended.' },
} as const

/** A code of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes
