import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What judging health can fail for. */
const codes = {
  'health/expression': { retryable: false, meaning: 'A health expression is not CEL, or the package that evaluates CEL is not installed.' },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
