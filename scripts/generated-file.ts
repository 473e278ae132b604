import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './entry-points.ts'

/**
 * Writes a generated file of the repository; with `--check` on the command line writes nothing and fails when the file
 * is not what would be written.
 */
export function emitGenerated(file: string, content: string, command: string): void {
  const target = path.join(root, file)
  if (!process.argv.includes('--check')) {
    writeFileSync(target, content)
    return
  }
  if (read(target) === content) return
  console.error(`${file} is not current: run \`${command}\` and commit it`)
  process.exitCode = 1
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
