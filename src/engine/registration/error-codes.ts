import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

/** What becomes of registrations. */
const codes = {
  'registration/denied': {
    retryable: false,
    meaning: 'The management has denied the registration, or deleted the Cluster that was made for it.',
  },
  'registration/decided': { retryable: false, meaning: 'The registration is decided on already, and what was decided is done.' },
  'registration/unreadable': {
    retryable: false,
    meaning: 'What the registration was answered with was encrypted to another key, or is no token.',
  },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
