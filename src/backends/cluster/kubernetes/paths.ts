import { FleetkitError } from '../../../model/errors/error.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import type { ServedResource } from './served-resource.ts'

/** The part of the path that one `apiVersion` is served under. */
export function groupVersionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion.split('/').map(segment).join('/')}` : `/api/${segment(apiVersion)}`
}

/** The path of a type, in one namespace or over all. */
export function collectionPath(type: ServedResource, namespace?: string): string {
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : ''
  return `${groupVersionPath(type.apiVersion)}${scope}/${segment(type.plural)}`
}

/** The path of one object. */
export function objectPath(type: ServedResource, ref: ObjectRef): string {
  if (type.namespaced && !ref.namespace)
    throw new FleetkitError('cluster/invalid', `${ref.kind} is namespaced, and no namespace is given`, {
      ref,
      problems: [{ path: 'metadata.namespace', found: 'nothing', accepted: 'the name of a namespace' }],
    })
  return `${collectionPath(type, ref.namespace)}/${nameSegment(ref)}`
}

/** `?` and the parameters that have a value, or nothing. */
export function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '')
  return given.length === 0 ? '' : `?${given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`
}

function nameSegment(ref: ObjectRef): string {
  // The rule of the API server (path segment names); anything else would ask for another path.
  if (typeof ref.name !== 'string' || ref.name === '' || ref.name === '.' || ref.name === '..' || /[/%]/.test(ref.name))
    throw new FleetkitError('cluster/invalid', `${JSON.stringify(ref.name) ?? 'nothing'} is no name`, {
      problems: [{ path: 'metadata.name', found: JSON.stringify(ref.name) ?? 'nothing', accepted: 'a name without / and %' }],
    })
  return encodeURIComponent(ref.name)
}

function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text))
    throw new FleetkitError('cluster/invalid', `${JSON.stringify(text)} cannot be part of a path`)
  return encodeURIComponent(text)
}
