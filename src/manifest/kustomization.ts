import './error-codes.ts'
import { FleetkitError } from '../model/errors/error.ts'
import { describeValue } from '../model/errors/problem.ts'
import { isMap } from '../model/json/value.ts'
import type { Json, JsonObject } from '../model/object.ts'
import { parseYaml } from '../model/yaml/yaml.ts'

/** What a kustomization names. */
export interface KustomizationEntry {
  /** As `resources[0]`. */
  readonly field: string
  readonly entry: string
  /** Whether it can be a directory with a kustomization of its own. */
  readonly directory: boolean
}

const directoryFields = ['resources', 'bases', 'components', 'generators', 'transformers', 'validators'] as const
const fileFields = ['crds', 'configurations', 'patchesStrategicMerge'] as const
const pathFields = ['patches', 'patchesJson6902', 'replacements'] as const
const generatorFields = ['configMapGenerator', 'secretGenerator'] as const
const helmFields = ['helmCharts', 'helmChartInflationGenerator'] as const

/** They are written by hand. Objects of any size are in files that they name. */
const maxCharacters = 250_000

/** By kind; what is left out is a Kustomization. Source: kustomize, `api/types/kustomization.go`, `EnforceFields`. */
const versions: ReadonlyMap<Json, string> = new Map([
  ['Kustomization', 'kustomize.config.k8s.io/v1beta1'],
  ['Component', 'kustomize.config.k8s.io/v1alpha1'],
])

/**
 * A file of this name that declares something else, as the `Kustomization` of Flux, which says what is to be built and is not
 * built itself.
 */
function checkType({ kind, apiVersion }: JsonObject, origin: string): void {
  const given = kind ?? ''
  const expected = versions.get(given === '' ? 'Kustomization' : given)
  if (expected !== undefined && (apiVersion === undefined || apiVersion === null || apiVersion === '' || apiVersion === expected)) return
  const ofFlux = typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')
  const found = `found kind ${describeValue(kind)} of apiVersion ${describeValue(apiVersion)}${ofFlux ? ', which is for Flux' : ''}`
  const accepted = [...versions].map(([name, version]) => `a ${String(name)} of ${version}`).join(' or ')
  throw new FleetkitError(
    'render/failed',
    `${origin}: ${found}; accepted in a file of this name: ${accepted} (an object to be applied needs a file of another name)`,
  )
}

/**
 * Everything that a kustomization names outside of itself, in the order of the fields. Inline patches are left out.
 *
 * @throws FleetkitError `source/limit` when it is very large; `render/failed` when it is no kustomization, or one that inflates Helm charts: which chart that
 * would be is not decided by the revision alone. `model/yaml` when it cannot be read.
 */
export function kustomizationEntries(text: string, origin: string): readonly KustomizationEntry[] {
  const documents = parseYaml(text, { origin, limits: { characters: maxCharacters } })
  const content = documents[0]?.value ?? {}
  if (documents.length > 1 || !isMap(content))
    throw new FleetkitError('render/failed', `${origin}: found something other than one kustomization`)
  checkType(content, origin)
  const helm = helmFields.find((field) => content[field] !== undefined)
  if (helm !== undefined)
    throw new FleetkitError('render/failed', `${origin}: found ${helm}, accepted no Helm charts: commit the rendered chart instead`)

  const entries: KustomizationEntry[] = []
  const add = (field: string, entry: Json | undefined, directory: boolean): void => {
    if (typeof entry === 'string' && !entry.includes('\n')) entries.push({ field, entry, directory })
  }
  const each = (field: string, use: (item: Json, field: string) => void): void => {
    for (const [index, item] of listOf(content[field]).entries()) use(item, `${field}[${index}]`)
  }
  for (const field of directoryFields) each(field, (item, at) => add(at, item, true))
  for (const field of fileFields) each(field, (item, at) => add(at, item, false))
  for (const field of pathFields) each(field, (item, at) => add(`${at}.path`, isMap(item) ? item.path : undefined, false))
  for (const field of generatorFields) {
    each(field, (item, at) => {
      if (!isMap(item)) return
      add(`${at}.env`, item.env, false)
      for (const [index, path] of listOf(item.envs).entries()) add(`${at}.envs[${index}]`, path, false)
      // A file can be given as key=path.
      for (const [index, path] of listOf(item.files).entries())
        add(`${at}.files[${index}]`, typeof path === 'string' ? path.slice(path.indexOf('=') + 1) : path, false)
    })
  }
  add('openapi.path', isMap(content.openapi) ? content.openapi.path : undefined, false)
  return entries
}

/** Whether kustomize would fetch an entry: a URL, or one of the short forms of git repositories that it knows. */
export function isRemote(entry: string): boolean {
  return (
    /^[A-Za-z][A-Za-z0-9+.-]*:(:|\/\/)/.test(entry) ||
    isScpForm(entry) ||
    /^(www\.)?github\.com[/:]/i.test(entry) ||
    /^gh:/i.test(entry) ||
    /[?&](ref|version|timeout|submodules)=/.test(entry) ||
    /(\.git|\/_git\/[^/]+)(\/|\?|$)/.test(entry)
  )
}

/** As `git@example.com:org/repo`: before the first slash there are a user, an @, a host and a colon. */
function isScpForm(entry: string): boolean {
  const [head = ''] = /^[^/\s]*/.exec(entry) ?? []
  const at = head.indexOf('@', 1)
  return at > 0 && head.lastIndexOf(':') > at + 1
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}
