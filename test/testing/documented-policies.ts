import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type RolloutStrategy, view } from 'fleetkit/rollout'
import type { ExploreOptions } from 'fleetkit/testing'
import { readRecipes } from '../../scripts/cookbook.ts'
import { root } from '../../scripts/entry-points.ts'

/** A policy as a document has it, with what is explored of it. */
export interface DocumentedPolicy {
  readonly title: string
  readonly options: ExploreOptions
}

interface RecipeDeclarations {
  readonly rollout: RolloutStrategy
  readonly clusters: readonly { readonly id: string; readonly labels?: Readonly<Record<string, string>> }[]
}

/** The five policies of the README and the cookbook, read from there, over four clusters at most. */
export async function documentedPolicies(): Promise<readonly DocumentedPolicy[]> {
  // Within the repository, so that `fleetkit` is this package.
  const folder = path.join(root, '.cache', `policies-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const load = async <Declared>(name: string, code: string): Promise<Declared> => {
    const file = path.join(folder, `${name}.ts`)
    writeFileSync(file, code)
    return (await import(/* @vite-ignore */ file)) as Declared
  }
  try {
    const recipes = readRecipes().filter(({ title }) => /^(?:1|5|6|10)\./.test(title))
    const policies = recipes.map(async ({ title, code }): Promise<DocumentedPolicy> => {
      const declared = `${beginningOf(code)}\nexport { rollout, clusters }\n`
      const { rollout, clusters } = await load<RecipeDeclarations>(`recipe-${Number.parseInt(title, 10)}`, declared)
      const targets = clusters.slice(-4).map(({ id, labels }) => view(id, 'v1', { labels }))
      return { title, options: { strategy: rollout, targets, versions: ['v2'] } }
    })
    const { options } = await load<{ readonly options: ExploreOptions }>('readme', readmeOptions())
    return [{ title: 'the README', options }, ...(await Promise.all(policies))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a program declares before it first prints or plans something. */
function beginningOf(code: string): string {
  const end = code.search(/^(?:console|const result|for)\b/m)
  return end < 0 ? code : code.slice(0, end)
}

/** The example of the README, with what it explores instead of what comes of it. */
function readmeOptions(): string {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
  const blocks = Array.from(readme.matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, block = '']) => block)
  const example = blocks.find((block) => block.includes('explore({')) ?? ''
  return example.replace(/^const \{.*\} = explore\(/m, 'export const options = (').replace(/^console.*$/gm, '')
}
