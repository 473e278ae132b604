import { declareErrorCodes } from '../../model/errors/declare-error-codes.ts'

const codes = {
  'manager/cache-sync': {
    retryable: true,
    meaning: 'A cache of the manager was not complete in time; the message says of which type, and why.',
  },
  'controller/owned': { retryable: false, meaning: 'The object has a controller already, and it is another one.' },
  'controller/terminal': { retryable: false, meaning: 'A reconcile failed in a way that only a change of the object can repair.' },
} as const

declareErrorCodes(codes)

declare module '../../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
