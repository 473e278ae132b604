import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** Why a plan refuses to begin, and what can be wrong with one that was reviewed. */
const codes = {
  'source/empty': { retryable: false, meaning: 'The source holds no objects, and pruning everything was not allowed.' },
  'source/shrunken': { retryable: false, meaning: 'The source lost more objects than one attempt may prune (spec.maxPrune).' },
  'source/dependency': {
    retryable: false,
    meaning: 'An annotation config.kubernetes.io/depends-on is malformed, names what is not in the source, or has a cycle.',
  },
  'plan/invalid': { retryable: false, meaning: 'A text is no plan, or one in a format that this version of the library does not read.' },
  'plan/edited': {
    retryable: false,
    meaning: 'A plan is not the one that was made, or not the one that was approved: its digest is another.',
  },
  'plan/other-sync': { retryable: false, meaning: 'A plan is of another Sync.' },
  'sync/plan-changed': {
    retryable: false,
    meaning: 'What was reviewed is not what would be done now: the source or the cluster has changed since. Nothing was written.',
  },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
