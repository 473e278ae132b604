/**
 * Every port in memory: for tests, simulations and examples.
 *
 * @packageDocumentation
 */
import '../manifest/error-codes.ts'
import '../ports/error-codes.ts'

export { type MemoryClusterOptions, memoryCluster } from './cluster/memory/index.ts'
export { type GitFile, type GitFiles, type MemoryGit, memoryGit } from './git/memory/index.ts'
export { type EmbeddedStore, type MemoryStoreOptions, memoryStore } from './store/memory/index.ts'
