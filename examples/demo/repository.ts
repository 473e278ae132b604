import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Makes a git repository with a commit and a tag for each version, and returns its URL. */
export function makeRepository(folder: string, versions: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const git = (...args: readonly string[]): void => {
    const identity = ['-c', 'user.name=demo', '-c', 'user.email=demo@example.com', '-c', 'commit.gpgsign=false', '-c', 'tag.gpgsign=false']
    execFileSync('git', [...identity, ...args], { cwd: folder, stdio: 'ignore' })
  }
  mkdirSync(folder, { recursive: true })
  git('init', '--initial-branch=main')
  for (const [version, files] of Object.entries(versions)) {
    rmSync(join(folder, 'deploy'), { recursive: true, force: true })
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    git('add', '--all')
    git('commit', '--message', version)
    git('tag', version)
  }
  return pathToFileURL(folder).href
}
