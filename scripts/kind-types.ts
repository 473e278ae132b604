import type { KindDefinition, Schema } from 'fleetkit/kinds'

/** Types that are written by hand elsewhere in the model. */
const existing: Readonly<Record<string, string>> = {
  AllowWindow: '../../windows/windows.ts',
  Condition: '../../condition.ts',
  FreezeWindow: '../../windows/windows.ts',
  JsonObject: '../../object.ts',
  LabelSelector: '../../selector.ts',
}

interface Shared {
  readonly file: string
  readonly text: string
}

/**
 * The TypeScript types of kinds, by the path of their file from the folder of any kind. What several kinds have alike is
 * declared with the first of them, and imported by the others.
 */
export function kindTypes(kinds: readonly KindDefinition[]): ReadonlyMap<string, string> {
  const shared = new Map<string, Shared>()
  return new Map(
    kinds.map((kind) => {
      const folder = kind.kind.replaceAll(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()
      const file = `../${folder}/types.generated.ts`
      return [file, new KindTypes(shared).write(kind, file)]
    }),
  )
}

/** The types of one kind. */
class KindTypes {
  readonly #shared: Map<string, Shared>
  readonly #declared = new Map<string, string>()
  readonly #imported = new Set<string>()

  constructor(shared: Map<string, Shared>) {
    this.#shared = shared
  }

  write(kind: KindDefinition, file: string): string {
    this.#nameOf(kind.spec, true)
    this.#nameOf(kind.spec, false)
    this.#nameOf(kind.status, false)
    const own = [...this.#declared].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([name]) => !this.#shared.has(name))
    const text = own.map(([, declaration]) => declaration).join('\n')
    // What only shared types name is not imported.
    const isNamed = (name: string): boolean => new RegExp(`(: |extends ).*\\b${name}\\b`).test(text)
    for (const name of this.#declared.keys()) if (this.#shared.has(name)) this.#imported.add(name)
    const imports = [
      ...Map.groupBy([...this.#imported].filter(isNamed).sort(), (name) => existing[name] ?? (this.#shared.get(name) as Shared).file),
    ]
      .sort()
      .map(([origin, names]) => importLine(names, origin))
    for (const [name, declaration] of own) this.#shared.set(name, { file, text: declaration })
    // Into its chapter of the API documentation.
    const filed = text.replaceAll(/^\/\*\* (.*) \*\/\n(?=export (?:interface|type))/gm, `/**\n * $1\n *\n * @category ${kind.kind}\n */\n`)
    return `// Made from the schema by \`npm run generate\`; do not edit.\n${imports.join('')}\n${filed}`
  }

  /** The name of the type of an object schema, which is declared unless it is. */
  #nameOf(schema: Schema, input: boolean): string {
    const { typeName } = schema
    if (typeName === undefined) throw new Error(`an object schema without a typeName: ${schema.description}`)
    if (Object.hasOwn(existing, typeName)) {
      this.#imported.add(typeName)
      return typeName
    }
    const name = input && hasDefaults(schema) ? `${typeName}Input` : typeName
    if (!this.#declared.has(name)) {
      this.#declared.set(name, '')
      this.#declared.set(name, this.#declare(name, schema, input))
    }
    const [elsewhere, here] = [this.#shared.get(name), this.#declared.get(name)]
    if (elsewhere !== undefined && here !== '' && elsewhere.text !== here) throw new Error(`two kinds have a type ${name}, and they differ`)
    return name
  }

  #declare(name: string, schema: Schema, input: boolean): string {
    const parents = schema.extends ?? []
    const inherits = (key: string): boolean =>
      parents.some(
        (parent) =>
          parent.properties?.[key] === schema.properties?.[key] && isPresent(parent, key, input) === isPresent(schema, key, input),
      )
    const own = Object.entries(schema.properties ?? {}).filter(([key]) => !inherits(key))
    const fields = own.map(([key, field]) => {
      const present = isPresent(schema, key, input)
      if (field.refused !== undefined) return `  /** Not accepted: use ${field.refused}. */\n  readonly ${key}?: never`
      const fallback = field.default === undefined ? '' : ` Default: \`${JSON.stringify(field.default)}\`.`
      const comment = `  /** ${field.description ?? key}${input || fallback === '' ? fallback : ''} */`
      return `${comment}\n  readonly ${key}${present ? '' : '?'}: ${this.#typeOf(field, input)}${present ? '' : ' | undefined'}`
    })
    if (schema['x-kubernetes-preserve-unknown-fields']) fields.push('  /** Any other field. */\n  readonly [field: string]: unknown')
    const about =
      input && hasDefaults(schema) ? `${schema.description} As written: what has a default may be left out.` : schema.description
    const heritage = parents.length === 0 ? '' : ` extends ${parents.map((parent) => this.#nameOf(parent, input)).join(', ')}`
    if (fields.length === 0 && heritage === '') return `/** ${about} */\nexport type ${name} = Readonly<Record<string, never>>\n`
    const body = fields.length === 0 ? '{}' : `{\n${fields.join('\n')}\n}`
    return `/** ${about} */\nexport interface ${name}${heritage} ${body}\n`
  }

  #typeOf(schema: Schema, input: boolean): string {
    switch (schema.type) {
      case 'string':
        return schema.enum === undefined ? 'string' : schema.enum.map((value) => `'${value}'`).join(' | ')
      case 'integer':
      case 'number':
        return 'number'
      case 'boolean':
        return 'boolean'
      case 'int-or-string':
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a type.
        return "number | `${number}%` | 'all'"
      case 'array':
        return `readonly ${wrap(this.#typeOf(schema.items as Schema, input))}[]`
      case 'object':
        return this.#objectType(schema, input)
    }
  }

  #objectType(schema: Schema, input: boolean): string {
    const { properties, additionalProperties, typeName } = schema
    if (additionalProperties !== undefined) return `Readonly<Record<string, ${this.#typeOf(additionalProperties, input)}>>`
    const isFree = properties === undefined && typeName === undefined && schema['x-kubernetes-preserve-unknown-fields']
    return this.#nameOf(isFree ? { ...schema, typeName: 'JsonObject' } : schema, input)
  }
}

/** Whether a field is always there: one with a default is, once it is filled in. */
function isPresent(schema: Schema, key: string, input: boolean): boolean {
  return (schema.required ?? []).includes(key) || (!input && schema.properties?.[key]?.default !== undefined)
}

function wrap(type: string): string {
  return type.includes(' | ') ? `(${type})` : type
}

function hasDefaults(schema: Schema): boolean {
  const parts = [...Object.values(schema.properties ?? {}), ...(schema.items === undefined ? [] : [schema.items])]
  return parts.some((part) => part.default !== undefined || hasDefaults(part))
}

/** In the form of the formatter, which breaks lines of more than 140 characters. */
function importLine(names: readonly string[], origin: string): string {
  const line = `import type { ${names.join(', ')} } from '${origin}'`
  return line.length <= 140 ? `${line}\n` : `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from '${origin}'\n`
}
