import { describeValue, type Problem } from '../errors/problem.ts'
import { cyclesOf } from './cycles.ts'
import { isDownstream, type Parameter, templatesOf } from './parameter.ts'
import { referencesIn } from './references.ts'
import { isTypedText, typeAccepted } from './typed-text.ts'

/** The variables that are there beside parameters. */
interface OtherVariables {
  readonly substitute?: Readonly<Record<string, string>> | undefined
  readonly substituteFrom?: readonly unknown[] | undefined
}

const maxReferences = 100

/** What is wrong with parameters beyond their schema: names, bindings that cannot be resolved, references, cycles. */
export function parameterProblems(
  parameters: readonly Parameter[],
  path: string,
  { substitute = {}, substituteFrom = [] }: OtherVariables = {},
): readonly Problem[] {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  const first = new Set<string>()
  const problems = parameters.flatMap((parameter, index): readonly Problem[] => {
    const { name } = parameter
    const at = `${path}[${index}]`
    const found = describeValue(name)
    if (first.has(name)) return [{ path: `${at}.name`, found, accepted: 'a name that no other parameter has' }]
    first.add(name)
    if (Object.hasOwn(substitute, name))
      return [{ path: `${at}.name`, found, accepted: 'a name that no variable of postBuild.substitute has' }]
    return [...sourceProblems(parameter, at), ...referenceProblems(parameter, known, at)]
  })
  const cycles = cyclesOf(new Map(parameters.map((each) => [each.name, namesIn(each).filter((name) => known.has(name))])))
  const references = substituteFrom.length + parameters.filter(isDownstream).length
  return [
    ...problems,
    ...(references > maxReferences
      ? [{ path, found: `${references} bindings downstream, with postBuild.substituteFrom`, accepted: `at most ${maxReferences}` }]
      : []),
    ...cycles.map((cycle) => ({
      path: `${path}[${parameters.findIndex(({ name }) => name === cycle[0])}]`,
      found: `a cycle: ${cycle.join(' → ')}`,
      accepted: 'parameters that do not refer to one another in a cycle',
    })),
  ]
}

function namesIn(parameter: Parameter): readonly string[] {
  return Object.values(templatesOf(parameter)).flatMap((text) => [...referencesIn(text)])
}

function sourceProblems(parameter: Parameter, path: string): readonly Problem[] {
  const { clusterFieldRef, objectFieldRef, default: fallback } = parameter.valueFrom ?? {}
  if (isDownstream(parameter)) return downstreamProblems(parameter, path)
  const { type = 'string' } = clusterFieldRef ?? objectFieldRef ?? {}
  return [
    ...(objectFieldRef?.apiVersion === 'v1' && objectFieldRef.kind === 'Secret'
      ? [
          {
            path: `${path}.valueFrom.objectFieldRef.evaluate`,
            found: 'a Secret that is read upstream',
            accepted: 'Downstream: its value would stand in clear in what the cluster is assigned',
          },
        ]
      : []),
    ...(fallback === undefined || isTypedText(fallback, type)
      ? []
      : [{ path: `${path}.valueFrom.default`, found: describeValue(fallback), accepted: `the text of ${typeAccepted[type]}` }]),
  ]
}

/** What a cluster can resolve by itself: a key of a ConfigMap or Secret, which becomes a `substituteFrom` of its sync. */
function downstreamProblems({ name, valueFrom }: Parameter, path: string): readonly Problem[] {
  const { objectFieldRef, default: fallback } = valueFrom ?? {}
  if (objectFieldRef === undefined) return []
  const { apiVersion, kind, namespace, pointer, type = 'string' } = objectFieldRef
  const refuse = (field: string, value: unknown, accepted: string): readonly Problem[] => [
    { path: `${path}.valueFrom.${field}`, found: describeValue(value), accepted: `${accepted}, for what is evaluated downstream` },
  ]
  if (apiVersion !== 'v1') return refuse('objectFieldRef.apiVersion', apiVersion, 'v1')
  if (kind !== 'ConfigMap' && kind !== 'Secret') return refuse('objectFieldRef.kind', kind, 'ConfigMap or Secret')
  if (namespace !== undefined) return refuse('objectFieldRef.namespace', namespace, 'none: the namespace of the sync')
  if (pointer !== `/data/${name}`) return refuse('objectFieldRef.pointer', pointer, `/data/${name}: the key that is named as the parameter`)
  if (type !== 'string') return refuse('objectFieldRef.type', type, 'string')
  if (fallback !== undefined) return refuse('default', fallback, `none: the source can say it, as \${${name}:=…}`)
  return []
}

function referenceProblems(parameter: Parameter, known: ReadonlyMap<string, Parameter>, path: string): readonly Problem[] {
  return Object.entries(templatesOf(parameter)).flatMap(([field, text]) =>
    [...referencesIn(text)].flatMap((name) => {
      const accepted = acceptedInstead(known.get(name))
      return accepted === undefined ? [] : [{ path: `${path}.${field}`, found: `a reference to ${describeValue(name)}`, accepted }]
    }),
  )
}

function acceptedInstead(parameter: Parameter | undefined): string | undefined {
  if (parameter === undefined) return 'the name of another parameter; $$ stands for a $'
  if (isDownstream(parameter)) return 'a parameter that is not evaluated downstream'
  const { valueFrom } = parameter
  return valueFrom?.optional === true && valueFrom.default === undefined
    ? 'a parameter that always has a value: this one is optional'
    : undefined
}
