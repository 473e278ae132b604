import type { TestProject } from 'vitest/node'
import { findAssets } from './assets.ts'
import { buildMissing } from './build.ts'
import { openSharedServers } from './shared.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the shared servers; `null` when their programs are missing. */
    readonly sharedServers: string | null
  }
}

/** Finds the servers. Under `CI` builds what is missing, so that nothing is ever skipped there. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.CI) await buildMissing((line) => console.log(line))
  if ((await findAssets()) === undefined) {
    console.log('Suites against real servers are skipped. To run them, build the servers once: npm run servers')
    project.provide('sharedServers', null)
    return undefined
  }
  const shared = await openSharedServers()
  project.provide('sharedServers', shared.url)
  return async () => shared[Symbol.asyncDispose]()
}
