import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What planning a fleet can fail for. */
const codes = {
  'fleet/cluster-expression': {
    retryable: false,
    meaning: 'The expr by which a Module selects clusters is no expression in CEL, or the package @bufbuild/cel is not installed.',
  },
  'plan/superseded': {
    retryable: false,
    meaning: 'A plan of a fleet was asked that another one has followed: the newest knows what is asked.',
  },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
