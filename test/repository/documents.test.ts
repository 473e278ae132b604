import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
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

test('every name of fleetkit has its chapter in the API documentation', () => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const entry = path.join(root, 'src/index.ts')
  const program = ts.createProgram([entry], options)
  const checker = program.getTypeChecker()
  const chaptersOf = (symbol: ts.Symbol): readonly string[] => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const tags = target.getJsDocTags(checker).filter(({ name }) => name === 'category')
    return [...new Set(tags.map(({ text }) => ts.displayPartsToString(text)))]
  }
  const names = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.Node) as ts.Symbol)
  expect(names.length).toBeGreaterThan(150)
  const chapters: readonly string[] = JSON.parse(read('typedoc.json')).categoryOrder
  expect(
    names.filter((name) => chaptersOf(name).length !== 1 || !chapters.includes(chaptersOf(name)[0] ?? '')).map(({ name }) => name),
  ).toEqual([])
})
