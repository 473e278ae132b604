import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What an operation on a rollout can fail for. */
const codes = {
  'operation/refused': {
    retryable: false,
    meaning:
      'What was asked for on a rollout does not fit what is there now, such as an approval of something else than what waits. Nothing was changed.',
  },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
