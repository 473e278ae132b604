import { declareErrorCodes } from '../model/errors/declare-error-codes.ts'

/** What reading manifests can fail for. */
const codes = {
  'source/unsafe-path': { retryable: false, meaning: 'A path is absolute, or leaves the tree by `..` or a symbolic link.' },
  'source/duplicate': { retryable: false, meaning: 'Two documents of the source declare the same object.' },
  'source/object-invalid': { retryable: false, meaning: 'A document of the source is not a Kubernetes object.' },
  'render/failed': { retryable: false, meaning: 'The renderer refused the files.' },
} as const

declareErrorCodes(codes)

declare module '../model/errors/error-codes.ts' {
  interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}
}
