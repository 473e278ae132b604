/**
 * Writes docs/errors.md from the error codes that the rooms of `src/` declare. `--check` writes nothing and fails when it is
 * not current. It also fails for a code that is declared and made by nothing, or made and declared by nothing.
 */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { errorCodes } from 'fleetkit'
import { root } from './entry-points.ts'
import { emitGenerated } from './generated-file.ts'

const files = globSync('src/**/*.ts', { cwd: root })
const tables = files.filter((file) => path.basename(file) === 'error-codes.ts')
for (const table of tables) await import(path.join(root, table))

// An error is made of a code that stands as it is: not asked for, and not compared with.
const sources = files.filter((file) => !tables.includes(file) && !file.startsWith('src/testing/conformance/'))
const texts = sources.map((file) => readFileSync(path.join(root, file), 'utf8').replaceAll(/^\s*\*.*$/gm, ''))
const code = "'[a-z]+(?:/[a-z-]+)?'"
const makes = texts.map((text) => text.replaceAll(new RegExp(`hasCode\\([^)]*\\)|(?:[!=]==|case) ${code}`, 'g'), '')).join('\n')
const unmade = [...errorCodes.keys()].filter((name) => !makes.includes(`'${name}'`))
const undeclared = [...makes.matchAll(new RegExp(`new FleetkitError\\(\\s*(${code})`, 'g'))]
  .map(([, name = '']) => name.slice(1, -1))
  .filter((name) => !errorCodes.has(name))
for (const name of unmade) console.error(`the error code ${name} is declared, and no error has it`)
for (const name of undeclared) console.error(`the error code ${name} is in no error-codes.ts`)
if (unmade.length + undeclared.length > 0) process.exitCode = 1

const sorted = [...errorCodes].sort(([a], [b]) => (a < b ? -1 : 1))
const groups = Map.groupBy(sorted, ([name]) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : ''))
const sections = [...groups]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([group, codes]) => {
    const rows = codes.map(([name, { retryable, meaning }]) => `| \`${name}\` | ${retryable ? 'yes' : 'no'} | ${meaning} |`)
    return [`## ${group === '' ? 'General' : `\`${group}/…\``}`, '', '| Code | Retryable | Meaning |', '|---|---|---|', ...rows, ''].join(
      '\n',
    )
  })

const text = `# Error codes

<!-- Generated from the files error-codes.ts in src/ by \`npm run generate\`. -->

Every error of the library is a \`FleetkitError\`, and its \`code\` names the cause. Codes are stable; messages are for people
and may change. *Retryable* says whether the same call can succeed later; one error may know better than its code, so ask
\`error.retryable\`.

\`\`\`ts
import { hasCode } from 'fleetkit'

export function explain(error: unknown): string {
  if (hasCode(error, 'cluster/field-conflict')) {
    return error.conflicts.map(({ manager, fields }) => \`\${manager} owns \${fields.join(', ')}\`).join('; ')
  }
  return error instanceof Error ? error.message : String(error)
}
\`\`\`

${sections.join('\n')}
## Codes of your own

A backend throws the codes of its port, which callers branch on. For a cause that the port does not know it declares a code:
its type by merging, its meaning at run time.

\`\`\`ts
import { declareErrorCodes, type ErrorCodeInfo, FleetkitError } from 'fleetkit'

declare module 'fleetkit' {
  interface ErrorCodes {
    'etcd/no-space': ErrorCodeInfo
  }
}

declareErrorCodes({ 'etcd/no-space': { retryable: false, meaning: 'The database of etcd has reached its quota.' } })

export function errorOf(answer: string): FleetkitError {
  return answer.includes('compacted') ? new FleetkitError('store/relist', answer) : new FleetkitError('etcd/no-space', answer)
}
\`\`\`
`

emitGenerated('docs/errors.md', text, 'npm run generate')
