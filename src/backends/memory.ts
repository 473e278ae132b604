/**
 * Every port in memory: for tests, simulations and examples. It runs in a browser too.
 *
 * @module fleetkit/memory
 * @packageDocumentation
 */
import '../manifest/error-codes.ts'
import '../ports/error-codes.ts'

export { type MemoryFleet, memoryFleet } from './cluster/memory/fleet.ts'
export { type ClusterBackup, type MemoryClusterOptions, memoryCluster, type RestorableCluster } from './cluster/memory/index.ts'
export { type GitFile, type GitFiles, type MemoryGit, memoryGit } from './git/memory/index.ts'
export { type MemoryRendererOptions, memoryRenderer, type RenderScript } from './renderer/memory/index.ts'
export { memoryTree } from './renderer/memory/tree.ts'
export { type EmbeddedStore, type MemoryStoreOptions, memoryStore } from './store/memory/index.ts'
