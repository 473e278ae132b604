/**
 * Type-checks every `ts` code block of the docstrings in `src/` and of the Markdown files, each as a module of its own
 * that sees the package as a user does. A block that cannot be checked says so and why: ```ts no-check: <reason>.
 * Folders or files on the command line are read instead.
 */
import { globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { root } from './entry-points.ts'

interface Block {
  readonly file: string
  /** Line of the first line of code, counted from 0. */
  readonly line: number
  /** Width of what precedes each line of code in the file. */
  readonly column: number
  readonly code: string
}

const problems: string[] = []
const unchecked: string[] = []

/** The code blocks of a Markdown text whose first line is line `offset` of `file`. */
function blocksOf(file: string, markdown: string, offset: number, column: number): readonly Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let index = 0; index < lines.length; index++) {
    const fence = /^\s*```(?:ts|typescript)\b(.*)$/.exec(lines[index] ?? '')
    if (fence === null) continue
    const start = index + 1
    while (index + 1 < lines.length && !/^\s*```\s*$/.test(lines[index + 1] ?? '')) index++
    const where = `${file}:${offset + start}`
    const info = (fence[1] ?? '').trim()
    const excuse = /^no-check: \S.+$/.test(info)
    if (excuse) unchecked.push(`${where} ${info}`)
    else if (info !== '') problems.push(`${where}: found \`\`\`ts ${info}, accepted \`\`\`ts or \`\`\`ts no-check: <reason>`)
    else blocks.push({ file, line: offset + start, column, code: lines.slice(start, index + 1).join('\n') })
  }
  return blocks
}

/** The code blocks of the docstrings of a source file. */
function docstringBlocks(file: string, text: string): readonly Block[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const comments = new Map<number, string>()
  const visit = (node: ts.Node): void => {
    for (const doc of ts.getJSDocCommentsAndTags(node)) if (ts.isJSDoc(doc)) comments.set(doc.pos, doc.getText(source))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return [...comments].flatMap(([position, comment]) => {
    const { line, character } = source.getLineAndCharacterOfPosition(position)
    const markdown = comment.replace(/\*\/$/, '').replace(/^[ \t]*(?:\/\*)?\*[ \t]?/gm, '')
    return blocksOf(file, markdown, line, character + ' * '.length)
  })
}

function filesOf(argument: string): readonly string[] {
  if (statSync(path.join(root, argument)).isFile()) return [argument]
  return globSync(['**/*.ts', '**/*.md'], { cwd: path.join(root, argument) }).map((file) => path.join(argument, file))
}

const given = process.argv.slice(2)
const files =
  given.length > 0 ? given.flatMap(filesOf) : [...filesOf('src'), ...globSync(['*.md', 'docs/*.md', 'examples/**/*.md'], { cwd: root })]
const blocks = files.sort().flatMap((file) => {
  const text = readFileSync(path.join(root, file), 'utf8')
  return file.endsWith('.md') ? blocksOf(file, text, 0, 0) : docstringBlocks(file, text)
})

const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false, isolatedDeclarations: false, declaration: false })

// The blocks exist only in memory, as files of the repository's root: from there `fleetkit` resolves to the package itself.
const virtual = new Map(blocks.map((block, index) => [path.join(root, `example-${index}.ts`), block]))
const host = ts.createCompilerHost(options, true)
const { fileExists, readFile, getSourceFile } = host
host.fileExists = (file) => virtual.has(file) || fileExists(file)
host.readFile = (file) => virtual.get(file)?.code ?? readFile(file)
host.getSourceFile = (file, ...rest) => {
  const block = virtual.get(file)
  // `export {}` after the code makes a module of a block that neither imports nor exports.
  return block === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, `${block.code}\nexport {}\n`, rest[0], true)
}

const program = ts.createProgram([...virtual.keys()], options, host)
for (const [name, block] of virtual) {
  const source = program.getSourceFile(name)
  for (const diagnostic of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]) {
    const { line, character } = ts.getLineAndCharacterOfPosition(diagnostic.file as ts.SourceFile, diagnostic.start ?? 0)
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ')
    problems.push(`${block.file}:${block.line + line + 1}:${block.column + character + 1}: ${message} (TS${diagnostic.code})`)
  }
}

for (const line of unchecked) console.log(`not checked: ${line}`)
for (const line of problems) console.error(line)
console.log(`${blocks.length} examples in ${new Set(blocks.map(({ file }) => file)).size} files type-checked, ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1
