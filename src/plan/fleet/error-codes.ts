import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What a plan of a fleet can be asked in vain. */
const codes = {
  'plan/superseded': {
    retryable: false,
    meaning: 'A plan of a fleet was asked that another one has followed: the newest knows what is asked.',
  },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
