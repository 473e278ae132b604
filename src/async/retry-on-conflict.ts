import { hasCode } from '../model/errors/error.ts'
import type { ErrorCode } from '../model/errors/error-codes.ts'

const attempts = 5

/** What `work` resolves to, after up to five tries while another writer comes first. */
export async function retryOnConflict<T>(work: () => Promise<T>, ...also: readonly ErrorCode[]): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!hasCode(error, 'store/conflict', ...also) || attempt === attempts) throw error
    }
  }
}
