/**
 * Writes the TypeScript types of the kinds from their schemas: `src/model/kinds/<kind>/types.generated.ts`.
 * `--check` writes nothing and fails when a file is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { type KindDefinition, kinds } from '../src/model/kinds/index.ts'
import type { Schema } from '../src/model/schema/schema.ts'

/** Types that are written by hand elsewhere in the model. */
const existing: Readonly<Record<string, string>> = { Condition: '../../condition.ts', LabelSelector: '../../selector.ts' }
/** Types that kinds share: declared with the first that has them, imported by the others. */
const shared = new Map<string, { readonly file: string; readonly text: string }>()

function typesOf(kind: KindDefinition): string {
  const declared = new Map<string, string>()
  const imported = new Set<string>()

  function nameOf(schema: Schema, input: boolean): string {
    const { typeName } = schema
    if (typeName === undefined) throw new Error(`an object schema without a typeName: ${schema.description}`)
    if (Object.hasOwn(existing, typeName)) {
      imported.add(typeName)
      return typeName
    }
    const name = input && hasDefaults(schema) ? `${typeName}Input` : typeName
    if (!declared.has(name)) {
      declared.set(name, '')
      declared.set(name, declare(name, schema, input))
    }
    const elsewhere = shared.get(name)
    if (elsewhere !== undefined && declared.get(name) !== '' && elsewhere.text !== declared.get(name)) {
      throw new Error(`two kinds have a type ${name}, and they differ`)
    }
    return name
  }

  function declare(name: string, schema: Schema, input: boolean): string {
    const required = new Set(schema.required)
    const fields = Object.entries(schema.properties ?? {}).map(([key, field]) => {
      const present = required.has(key) || (!input && field.default !== undefined)
      if (field.refused !== undefined) return `  /** Not accepted: use ${field.refused}. */\n  readonly ${key}?: never`
      const fallback = field.default === undefined ? '' : ` Default: \`${JSON.stringify(field.default)}\`.`
      const comment = `  /** ${field.description ?? key}${input || fallback === '' ? fallback : ''} */`
      return `${comment}\n  readonly ${key}${present ? '' : '?'}: ${typeOf(field, input)}${present ? '' : ' | undefined'}`
    })
    const about =
      input && hasDefaults(schema) ? `${schema.description} As written: what has a default may be left out.` : schema.description
    return `/** ${about} */\nexport interface ${name} {\n${fields.join('\n')}\n}\n`
  }

  function typeOf(schema: Schema, input: boolean): string {
    switch (schema.type) {
      case 'string':
        return schema.enum === undefined ? 'string' : schema.enum.map((value) => `'${value}'`).join(' | ')
      case 'integer':
        return 'number'
      case 'boolean':
        return 'boolean'
      case 'int-or-string':
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a type.
        return "number | `${number}%` | 'all'"
      case 'array':
        return `readonly ${wrap(typeOf(schema.items as Schema, input))}[]`
      case 'object':
        return schema.additionalProperties === undefined
          ? nameOf(schema, input)
          : `Readonly<Record<string, ${typeOf(schema.additionalProperties, input)}>>`
    }
  }

  nameOf(kind.spec, true)
  nameOf(kind.spec, false)
  nameOf(kind.status, false)
  const file = `../${kind.singular}/types.generated.ts`
  const own = [...declared].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([name]) => !shared.has(name))
  const text = own.map(([, declaration]) => declaration).join('\n')
  for (const name of declared.keys()) {
    // What only other shared types name is not imported.
    if (shared.has(name) && new RegExp(`: .*\\b${name}\\b`).test(text)) imported.add(name)
  }
  const origins = new Map<string, string[]>()
  for (const name of [...imported].sort()) {
    const origin = existing[name] ?? (shared.get(name) as { file: string }).file
    origins.set(origin, [...(origins.get(origin) ?? []), name])
  }
  const imports = [...origins].sort().map(([origin, names]) => `import type { ${names.join(', ')} } from '${origin}'\n`)
  for (const [name, declaration] of own) shared.set(name, { file, text: declaration })
  return `// Made from the schema by \`npm run generate\`; do not edit.\n${imports.join('')}\n${text}`
}

function wrap(type: string): string {
  return type.includes(' | ') ? `(${type})` : type
}

function hasDefaults(schema: Schema): boolean {
  const parts = [...Object.values(schema.properties ?? {}), ...(schema.items === undefined ? [] : [schema.items])]
  return parts.some((part) => part.default !== undefined || hasDefaults(part))
}

let stale = false
for (const kind of Object.values(kinds)) {
  const file = new URL(`../src/model/kinds/${kind.singular}/types.generated.ts`, import.meta.url)
  const text = typesOf(kind)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file.pathname} is not current: run "npm run generate"`)
    stale = true
  }
}
process.exitCode = stale ? 1 : 0
