import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What becomes of registrations. */
const codes = {
  'registration/decided': { retryable: false, meaning: 'The registration is decided on already, and what was decided is done.' },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
