import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

test('every dependency has its reason in docs/dependencies.md, and none of the rejected ones crept in', () => {
  const manifest = JSON.parse(read('package.json')) as Record<'dependencies' | 'devDependencies', Record<string, string>>
  const [text = '', rejected = ''] = read('docs/dependencies.md').split('## Rejected')
  const [runtime = '', development = ''] = text.split('## Development')
  const missing = (names: Record<string, string>, where: string) => Object.keys(names).filter((name) => !where.includes(`\`${name}\``))
  expect(missing(manifest.dependencies, runtime)).toEqual([])
  expect(missing(manifest.devDependencies, development)).toEqual([])

  const refused = [...rejected.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, names = '']) => names.replaceAll('`', '').split(', '))
  expect(refused.length).toBeGreaterThan(10)
  expect(refused.filter((name) => name in manifest.dependencies || name in manifest.devDependencies)).toEqual([])
})
