import { decode } from './decode.ts'
import { Fields, malformed } from './fields.ts'
import type { ServedResource } from './served-resource.ts'

/** One API version that the cluster serves. */
export interface ServedVersion {
  readonly apiVersion: string
  /** Its types by kind, as far as the document has them. */
  readonly types: ReadonlyMap<string, ServedResource>
  /** Whether that is all of them; otherwise the version has to be read by itself. */
  readonly complete: boolean
}

/** What the cluster serves: the API versions of each group, the preferred one first. */
export type ServedGroups = ReadonlyMap<string, readonly ServedVersion[]>

/** Reads the answer of `/api` or `/apis`: the aggregated document of servers since 1.26, or the list of API versions of older ones. */
export function decodeGroups(body: unknown, path: string): ServedGroups {
  return decode(`what it serves under ${path}`, () => {
    const root = new Fields(body)
    switch (root.text('kind')) {
      case 'APIGroupDiscoveryList':
        return new Map(root.mappings('items').map((item) => aggregatedGroup(item)))
      case 'APIVersions':
        return new Map([['', root.texts('versions').map(unread)]])
      case 'APIGroupList':
        return new Map(root.mappings('groups').map((item) => plainGroup(item)))
      default:
        throw malformed('kind', root.text('kind'), 'APIGroupDiscoveryList, APIGroupList or APIVersions')
    }
  })
}

/** Reads the answer of the path of one API version. */
export function decodeVersion(body: unknown, apiVersion: string): ServedVersion {
  return decode(`what it serves of ${apiVersion}`, () => {
    const root = new Fields(body)
    if (root.text('kind') !== 'APIResourceList') throw malformed('kind', root.text('kind'), 'APIResourceList')
    const resources = root.mappings('resources').map((resource) => ({ resource, name: resource.requiredText('name') }))
    const names = new Set(resources.map(({ name }) => name))
    const types = resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ resource, name }) => ({
        apiVersion,
        kind: resource.requiredText('kind'),
        plural: name,
        namespaced: resource.flag('namespaced'),
        verbs: resource.texts('verbs'),
        status: names.has(`${name}/status`),
      }))
    return { apiVersion, types: byKind(types), complete: true }
  })
}

function aggregatedGroup(item: Fields): readonly [group: string, versions: readonly ServedVersion[]] {
  const group = item.mapping('metadata')?.text('name') ?? ''
  return [
    group,
    item.mappings('versions').map((version) => {
      const name = version.requiredText('version')
      const apiVersion = group === '' ? name : `${group}/${name}`
      const types = version.mappings('resources').flatMap((resource) => aggregatedType(resource, apiVersion))
      // Of an API service that does not answer there is what was known before, or nothing.
      return { apiVersion, types: byKind(types), complete: version.text('freshness') !== 'Stale' }
    }),
  ]
}

function aggregatedType(resource: Fields, apiVersion: string): readonly ServedResource[] {
  const kind = resource.mapping('responseKind')?.text('kind')
  // A resource of which only subresources are served has no kind of its own.
  if (kind === undefined) return []
  const served = {
    apiVersion,
    kind,
    plural: resource.requiredText('resource'),
    namespaced: resource.text('scope') === 'Namespaced',
    verbs: resource.texts('verbs'),
    status: resource.mappings('subresources').some((subresource) => subresource.text('subresource') === 'status'),
  }
  return [served]
}

function plainGroup(item: Fields): readonly [group: string, versions: readonly ServedVersion[]] {
  const preferred = item.mapping('preferredVersion')?.text('groupVersion')
  const versions = item.mappings('versions').map((version) => version.requiredText('groupVersion'))
  const ordered = [...versions.filter((version) => version === preferred), ...versions.filter((version) => version !== preferred)]
  return [item.requiredText('name'), ordered.map(unread)]
}

function unread(apiVersion: string): ServedVersion {
  return { apiVersion, types: new Map(), complete: false }
}

function byKind(types: readonly ServedResource[]): ReadonlyMap<string, ServedResource> {
  return new Map(types.map((served) => [served.kind, served]))
}
