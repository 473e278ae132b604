import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What an attempt at a Sync can fail for. */
const codes = {
  'sync/dependency': { retryable: true, meaning: 'Something that a Sync depends on is not ready.' },
  'sync/dependants': { retryable: true, meaning: 'What depends on a Sync is deleted with it, and first.' },
  'sync/dependency-cycle': { retryable: false, meaning: 'Syncs depend on one another in a cycle, so that none of them can begin.' },
  'sync/dependency-expression': {
    retryable: false,
    meaning: 'The readyExpr of a dependency is no expression in CEL, or the package @bufbuild/cel is not installed.',
  },
  'sync/cluster': {
    retryable: true,
    meaning: 'The cluster to apply to is not registered, is suspended, or is not known to be within reach and the right one.',
  },
  'sync/itself': { retryable: false, meaning: 'A Sync is in its own source, and its deletion would delete what carries it out.' },
  'sync/owned': { retryable: false, meaning: 'The object belongs to another Sync.' },
  'sync/field-rule': {
    retryable: false,
    meaning: 'A rule of spec.ignore is about a field without which the object would be invalid, such as the name of a container.',
  },
  'sync/unhealthy': { retryable: true, meaning: 'An applied object failed its health check.' },
  'sync/partial': { retryable: true, meaning: 'Some objects could not be applied; each has its own error.' },
  'sync/refused': { retryable: false, meaning: 'Some objects are refused, and the rest was not to be applied without them.' },
  'sync/record': {
    retryable: true,
    meaning: 'The record of a Sync could not be written: its inventory, so that nothing was applied, or its outcome.',
  },
  'sync/terminating': { retryable: true, meaning: 'An object of the source is being deleted; it can be recreated once it is gone.' },
  'sync/handbrake': { retryable: false, meaning: 'The handbrake of the Sync is pulled: nothing is written until it is taken out.' },
  'sync/prune-unconfirmed': {
    retryable: true,
    meaning: 'Objects wait to be pruned until exactly these are confirmed (spec.confirmPrune); all else is done.',
  },
  'sync/revision': { retryable: false, meaning: 'The revision to go back to is not in the history, or the Sync is pinned to another.' },
  'sync/suspended': { retryable: false, meaning: 'The Sync is suspended.' },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
