import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** Why a plan refuses to begin. */
const codes = {
  'source/empty': { retryable: false, meaning: 'The source holds no objects, and pruning everything was not allowed.' },
  'source/shrunken': { retryable: false, meaning: 'The source lost more objects than one attempt may prune (spec.maxPrune).' },
  'source/dependency': {
    retryable: false,
    meaning: 'An annotation config.kubernetes.io/depends-on is malformed, names what is not in the source, or has a cycle.',
  },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
