/**
 * Writes the TypeScript types of the kinds from their schemas: `src/model/kinds/<kind>/types.generated.ts`.
 * `--check` writes nothing and fails when a file is not current.
 */
import { kinds } from 'fleetkit/kinds'
import { emitGenerated } from './generated-file.ts'
import { kindTypes } from './kind-types.ts'

for (const [file, text] of kindTypes(Object.values(kinds)))
  emitGenerated(`src/model/kinds/${file.slice('../'.length)}`, text, 'npm run generate')
