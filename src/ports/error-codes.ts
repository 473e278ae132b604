import { declareErrorCodes } from '../model/errors/declare-error-codes.ts'

/** What every adapter of a port can answer: callers branch on these, and the conformance suites ask for them. */
const codes = {
  'store/not-found': { retryable: false, meaning: 'The object to update or delete does not exist.' },
  'store/exists': { retryable: false, meaning: 'The object to create exists already.' },
  'store/conflict': { retryable: true, meaning: 'The object changed since it was read: its resourceVersion or uid is another.' },
  'store/relist': {
    retryable: true,
    meaning: 'The resourceVersion to watch or list from is compacted: list again, then watch from there.',
  },
  'store/lease-lost': { retryable: true, meaning: 'Another holder has the lease, or it could not be renewed in time.' },
  'store/unavailable': {
    retryable: true,
    meaning: 'The stored data cannot be reached now: locked for too long, not permitted, disk full, or an I/O error.',
  },
  'store/corrupt': { retryable: false, meaning: 'The stored data cannot be read: another schema version, or a damaged file.' },
  'cluster/config': {
    retryable: false,
    meaning: 'The access to the cluster cannot be used: a kubeconfig that is missing, malformed, or has an entry that is not allowed.',
  },
  'cluster/not-registered': { retryable: true, meaning: 'There is no Cluster of that name.' },
  'cluster/unreachable': { retryable: true, meaning: 'No answer from the API server: refused, reset, name not found, or timed out.' },
  'cluster/unavailable': { retryable: true, meaning: 'The API server answered that it cannot serve now (5xx).' },
  'cluster/throttled': { retryable: true, meaning: 'The API server asked to slow down (429) for longer than the retries last.' },
  'cluster/busy': { retryable: true, meaning: 'As many calls wait for this cluster as may (`maxWaiting`): the call was not sent.' },
  'cluster/protocol': { retryable: true, meaning: 'The API server answered something that is not Kubernetes.' },
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
  'git/unreachable': { retryable: true, meaning: 'No answer from the git server.' },
  'git/unavailable': { retryable: true, meaning: 'The git server answered that it cannot serve now (429 or 5xx).' },
  'git/unauthorized': { retryable: false, meaning: 'The git server does not accept the credentials, or wants some.' },
  'git/repository-missing': { retryable: false, meaning: 'The git server knows no such repository, or hides it from these credentials.' },
  'git/ref-missing': { retryable: false, meaning: 'The repository has no such tag or commit.' },
  'git/path-missing': { retryable: false, meaning: 'The commit has no such path.' },
  'git/config': { retryable: false, meaning: 'The repository URL or the credentials are of a form that this backend cannot use.' },
  'render/unavailable': { retryable: false, meaning: 'The program that the renderer needs is not there.' },
} as const

declareErrorCodes(codes)

declare module '../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
