import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What replacing variables can fail for. */
const codes = {
  'source/substitution': {
    retryable: false,
    meaning: 'A variable cannot be replaced: its expression is malformed, it has no value in strict mode, or the result is no YAML.',
  },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
