import { createSecureContext, type SecureContext } from 'node:tls'
import type { TlsOptions } from './http-client.ts'

type Material = Pick<TlsOptions, 'ca' | 'cert' | 'key'>

const contexts = new Map<string, WeakRef<SecureContext>>()
const unused = new FinalizationRegistry((key: string) => {
  if (contexts.get(key)?.deref() === undefined) contexts.delete(key)
})

/** What is made of certificates and keys, once for all who connect with the same: OpenSSL takes 40 KB for each. */
export function secureContextOf({ ca, cert, key }: Material): SecureContext {
  const name = JSON.stringify([ca, cert, key].map((part) => (typeof part === 'string' ? part : part?.toString('latin1'))))
  const known = contexts.get(name)?.deref()
  if (known !== undefined) return known
  const context = createSecureContext({ ca, cert, key })
  contexts.set(name, new WeakRef(context))
  unused.register(context, name)
  return context
}
