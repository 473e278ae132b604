import type { Problem } from './errors/problem.ts'
import { fieldPath } from './errors/problem.ts'

/** The form of an RFC 1123 label, as a regular expression. */
export const labelPattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
/** The form of an RFC 1123 subdomain, as a regular expression. */
export const subdomainPattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'

const label: RegExp = new RegExp(labelPattern)
const subdomain: RegExp = new RegExp(subdomainPattern)
const qualified: RegExp = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/

/** Whether `text` is an RFC 1123 label, as names of namespaces and of our kinds must be: at most 63 characters. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && label.test(text)
}

/** How long the name of an object of ours can be: it is part of a field manager's name. Helm's releases have the same limit. */
export const maxNameLength = 53

/** How long a subdomain can be. */
export const maxSubdomainLength = 253

/** Whether `text` is an RFC 1123 subdomain, as most names of objects must be: at most 253 characters. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= maxSubdomainLength && subdomain.test(text)
}

/** Whether `text` can be the key of a label or of an annotation: `name`, or `prefix.example/name`. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/')
  const name = text.slice(slash + 1)
  return (slash < 0 || isDnsSubdomain(text.slice(0, slash))) && name.length > 0 && name.length <= 63 && qualified.test(name)
}

/** Whether `text` can be the value of a label; the empty string can. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && (text === '' || qualified.test(text))
}

/** What {@link isDnsLabel} accepts, in words. */
export const labelNameAccepted = 'at most 63 lower-case letters, digits and -, beginning and ending with a letter or digit'
/** What {@link isDnsSubdomain} accepts, in words. */
export const subdomainAccepted = 'at most 253 lower-case letters, digits, - and ., beginning and ending with a letter or digit'
/** What {@link isQualifiedName} accepts, in words. */
export const keyAccepted = 'a name of at most 63 letters, digits, -, _ and ., with an optional DNS prefix and /'
/** What {@link isLabelValue} accepts, in words. */
export const labelValueAccepted = 'at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit'

/** Problems of a map of labels under Kubernetes' own rules. */
export function validateLabels(labels: Readonly<Record<string, unknown>>, path: string): readonly Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const at = fieldPath(path, key)
    const problems: Problem[] = []
    if (!isQualifiedName(key)) problems.push({ path: at, found: `key ${JSON.stringify(key)}`, accepted: keyAccepted })
    if (typeof value !== 'string')
      problems.push({ path: at, found: `${typeof value} ${JSON.stringify(value)}`, accepted: 'a string (quote it)' })
    else if (!isLabelValue(value)) problems.push({ path: at, found: `string ${JSON.stringify(value)}`, accepted: labelValueAccepted })
    return problems
  })
}
