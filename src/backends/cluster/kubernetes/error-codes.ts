import { declareErrorCodes } from '../../../model/errors/declare-error-codes.ts'

/** What only a real API server can fail for. */
const codes = {
  'cluster/config': {
    retryable: false,
    meaning: 'The kubeconfig cannot be used: missing, malformed, or with an entry that is not allowed.',
  },
} as const

declareErrorCodes(codes)

declare module '../../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
