/**
 * Runs every recipe of docs/cookbook.md and writes what it prints behind it, as a block of text; with `--check` only compares. A recipe is the
 * block of code under a numbered heading.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './entry-points.ts'
import { emitGenerated } from './generated-file.ts'

const file = 'docs/cookbook.md'

/** One recipe: its heading, its code, and what it printed when the file was written. */
export interface Recipe {
  readonly title: string
  readonly code: string
  readonly output: string
}

const recipe: RegExp = /^## (\d+\. .+)$([\s\S]*?)^```ts\n([\s\S]*?)^```\n\n^```text\n([\s\S]*?)^```$/gm

/** The recipes of a cookbook. */
export function readRecipes(text: string = readCookbook()): readonly Recipe[] {
  return Array.from(text.matchAll(recipe), ([, title = '', , code = '', output = '']) => ({ title, code, output: output.trimEnd() }))
}

export function readCookbook(): string {
  return readFileSync(path.join(root, file), 'utf8')
}

/** What each of the recipes prints, all of them in one process. */
export function runRecipes(recipes: readonly Recipe[]): readonly string[] {
  // Within the repository, so that `fleetkit` is this package.
  const folder = path.join(root, '.cache', `cookbook-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    const files = recipes.map(({ code }, index) => {
      const name = path.join(folder, `recipe-${index + 1}.ts`)
      writeFileSync(name, code)
      return pathToFileURL(name).href
    })
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        '--conditions=fleetkit:source',
        '--disable-warning=ExperimentalWarning',
        '--input-type=module',
        '--eval',
        runner,
        JSON.stringify(files),
      ],
      { cwd: root, encoding: 'utf8', timeout: 120_000 },
    )
    if (status !== 0) throw new Error(`a recipe failed:\n${stderr}`)
    return JSON.parse(stdout) as readonly string[]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const runner = `
  import { format } from 'node:util'
  const outputs = []
  for (const url of JSON.parse(process.argv[1])) {
    const lines = []
    console.log = (...values) => lines.push(format(...values))
    await import(url)
    outputs.push(lines.join('\\n').split('\\n').map((line) => line.trimEnd()).join('\\n'))
  }
  process.stdout.write(JSON.stringify(outputs))
`

if (import.meta.main) {
  const text = readCookbook()
  const outputs = runRecipes(readRecipes(text)).values()
  const written = text.replaceAll(recipe, (whole: string, _title, _said, _code, before: string) => {
    const at = whole.lastIndexOf(`\`\`\`text\n${before}`)
    return `${whole.slice(0, at)}\`\`\`text\n${outputs.next().value}\n\`\`\``
  })
  emitGenerated(file, written, 'npm run generate')
}
