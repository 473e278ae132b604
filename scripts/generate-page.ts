/**
 * Writes what a fleet's page is made of from its sources, as texts: `src/views/html/assets.generated.ts`.
 * `--check` writes nothing and fails when the file is not current.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { root } from './entry-points.ts'
import { emitGenerated } from './generated-file.ts'

const folder = path.join(root, 'src/views/html/script')

async function minified(file: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path.join(folder, file)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  })
  return (outputFiles[0]?.text ?? '').trim()
}

const texts = {
  body: readFileSync(path.join(folder, 'body.html'), 'utf8')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim(),
  style: await minified('style.css'),
  script: await minified('main.ts'),
}
const lines = Object.entries(texts).map(([name, text]) => `export const ${name}: string = ${JSON.stringify(text)}`)
emitGenerated(
  'src/views/html/assets.generated.ts',
  `// Written by \`npm run generate\` from \`script/\`.\n${lines.join('\n')}\n`,
  'npm run generate',
)
