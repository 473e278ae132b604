import type { TestProject } from 'vitest/node'
import { findAssets, missingPrograms, oraclePrograms } from './assets.ts'
import { buildMissing } from './build.ts'
import { openSharedServers } from './shared.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the shared servers; `null` when their programs are missing. */
    readonly sharedServers: string | null
    /** Paths of the oracles by name; without those that are not built. */
    readonly oracles: Readonly<Record<string, string>>
  }
}

/** Finds the servers. Under `CI` builds what is missing, so that nothing is ever skipped there. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.CI) await buildMissing((line) => console.log(line))
  const oracles = await oraclePrograms()
  const missing = await missingPrograms(oracles)
  if (missing.length > 0)
    console.log('Comparisons with other implementations are skipped. To run them, build the oracles once: npm run servers')
  project.provide('oracles', Object.fromEntries(oracles.filter((each) => !missing.includes(each)).map(({ name, path }) => [name, path])))
  if ((await findAssets()) === undefined) {
    console.log('Suites against real servers are skipped. To run them, build the servers once: npm run servers')
    project.provide('sharedServers', null)
    return undefined
  }
  const shared = await openSharedServers()
  project.provide('sharedServers', shared.url)
  return async () => shared[Symbol.asyncDispose]()
}
