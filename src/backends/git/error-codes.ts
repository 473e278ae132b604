import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What only a real git server can fail for. */
const codes = {
  'git/limit': { retryable: false, meaning: 'The content is larger than the limits allow.' },
  'git/protocol': { retryable: true, meaning: 'The git server answered something that is not git.' },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
