import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const sources = globSync('src/**/*.ts', { cwd: root }).sort()
const lines = (text: string): number => text.trimEnd().split('\n').length

/** Functions with a body and the lines that each spans, those inside others too. */
function functionsOf(file: string): readonly { readonly where: string; readonly length: number }[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true)
  const found: { where: string; length: number }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line
      found.push({ where: `${file}:${line + 1}`, length: source.getLineAndCharacterOfPosition(node.end).line - line + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

describe('the source stays in small parts', () => {
  test('there is some', () => expect(sources.length).toBeGreaterThan(200))
  test('a folder holds at most 20 files', () => {
    const folders = Object.entries(Object.groupBy(sources, (file) => path.dirname(file)))
    expect(folders.filter(([, files]) => (files?.length ?? 0) > 20).map(([folder]) => folder)).toEqual([])
  })
  test('a file has at most 400 lines, unless it is generated', () => {
    expect(sources.filter((file) => !file.endsWith('.generated.ts') && lines(read(file)) > 400)).toEqual([])
  })
  test('a function has fewer than 60 lines', () => {
    expect(
      sources
        .flatMap(functionsOf)
        .filter(({ length }) => length >= 60)
        .map(({ where }) => where),
    ).toEqual([])
  })
})

describe('the README of a folder', () => {
  const readmes = globSync('src/**/README.md', { cwd: root }).sort()
  const repository = new Set(globSync(['*', '.*', '{src,test,docs,scripts,examples,bench,.ci}/**'], { cwd: root }))

  test.each(readmes)('%s names only what is there', (readme) => {
    const names = [...read(readme).matchAll(/`([\w./-]+(?:\.(?:ts|md|json|grit)|\/))`/g)].map(([, name = '']) => name)
    const exists = (name: string): boolean =>
      [path.join(path.dirname(readme), name), path.join('src', name), name].some((file) =>
        repository.has(path.normalize(file).replace(/\/$/, '')),
      )
    expect(names.filter((name) => !exists(name))).toEqual([])
  })
  test('is there for every room and every larger folder', () => {
    const folders = Object.entries(Object.groupBy(sources, (file) => path.dirname(file)))
    const needed = folders
      .filter(([folder, files]) => folder.split('/').length === 2 || (files?.length ?? 0) >= 10)
      .map(([folder]) => folder)
    const rooms = new Set([
      ...needed,
      ...sources.map((file) => file.split('/').slice(0, 2).join('/')).filter((room) => !room.endsWith('.ts')),
    ])
    expect([...rooms].filter((folder) => !readmes.includes(`${folder}/README.md`))).toEqual([])
  })
})
