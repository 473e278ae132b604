import type { TestProject } from 'vitest/node'
import { findAssets, fluxPrograms, missingPrograms, oraclePrograms } from './assets.ts'
import { buildMissing } from './build.ts'
import { findChromium } from './chromium.ts'
import { openSharedServers } from './shared.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the shared servers; `null` when their programs are missing. */
    readonly sharedServers: string | null
    /** Paths of the oracles by name; without those that are not built. */
    readonly oracles: Readonly<Record<string, string>>
    /** Whether the programs of Flux are there, and the servers that they need. */
    readonly flux: boolean
    /** Path of Chromium; `null` when it is not there. */
    readonly chromium: string | null
  }
}

/** Finds the servers. Under `CI` builds what is missing, so that nothing is ever skipped there. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.CI) await buildMissing((line) => console.log(line))
  project.provide('chromium', chromiumPath())
  const oracles = await oraclePrograms()
  const missing = await missingPrograms(oracles)
  if (missing.length > 0)
    console.log('Comparisons with other implementations are skipped. To run them, build the oracles once: npm run servers')
  project.provide('oracles', Object.fromEntries(oracles.filter((each) => !missing.includes(each)).map(({ name, path }) => [name, path])))
  if ((await findAssets()) === undefined) {
    console.log('Suites against real servers are skipped. To run them, build the servers once: npm run servers')
    project.provide('sharedServers', null)
    project.provide('flux', false)
    return undefined
  }
  const hasFlux = (await missingPrograms(await fluxPrograms())).length === 0
  if (!hasFlux) console.log('Suites against Flux are skipped. To run them, build it once: npm run servers')
  project.provide('flux', hasFlux)
  const shared = await openSharedServers()
  project.provide('sharedServers', shared.url)
  return async () => shared[Symbol.asyncDispose]()
}

function chromiumPath(): string | null {
  const found = findChromium()
  if (found !== undefined) return found
  const how = 'install Chromium (apt-get install chromium), or name it: FLEETKIT_CHROMIUM'
  if (process.env.CI) throw new Error(`Pages are to be looked at in a browser: ${how}`)
  console.log(`Pages are not looked at in a browser. To do that, ${how}`)
  return null
}
