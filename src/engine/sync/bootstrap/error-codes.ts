import { declareErrorCodes } from '../../../model/errors/declare-error-codes.ts'

/** Why a management does not come to keep itself. */
const codes = {
  'bootstrap/not-itself': {
    retryable: false,
    meaning:
      'The source does not declare the Sync that applies it as it is given, so that the cluster would not keep itself at this version.',
  },
  'bootstrap/not-taken-over': {
    retryable: true,
    meaning: 'No controller in the cluster has taken up the Sync in time, or its attempt has failed.',
  },
} as const

declareErrorCodes(codes)

declare module '../../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
