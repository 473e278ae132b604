/** Writes docs/errors.md from the table of error codes. `--check` writes nothing and fails when it is not current. */
import { type ErrorCodeInfo, errorCodes } from '../src/model/errors/error-codes.ts'
import { emitGenerated } from './generated-file.ts'

const groups = Map.groupBy(Object.entries<ErrorCodeInfo>(errorCodes), ([code]) =>
  code.includes('/') ? code.slice(0, code.indexOf('/')) : '',
)

const sections = [...groups].map(([group, codes]) => {
  const rows = codes.map(([code, { retryable, meaning }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${meaning} |`)
  return [`## ${group === '' ? 'General' : `\`${group}/…\``}`, '', '| Code | Retryable | Meaning |', '|---|---|---|', ...rows, ''].join(
    '\n',
  )
})

const text = `# Error codes

<!-- Generated from src/model/errors/error-codes.ts by \`npm run generate\`. -->

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

${sections.join('\n')}`

emitGenerated('docs/errors.md', text, 'npm run generate')
