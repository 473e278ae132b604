import { FleetkitError } from '../../model/errors/error.ts'

/** A checked URL of a repository. */
export interface RemoteUrl {
  readonly protocol: 'https' | 'http' | 'ssh' | 'file'
  /** As git takes it. */
  readonly url: string
  /** Scheme, host and port; `''` where there is none. Credentials belong to it. */
  readonly origin: string
  /** For people: no user, password, query or fragment. */
  readonly display: string
}

export interface UrlPolicy {
  readonly allowHttp: boolean
  readonly allowFile: boolean
}

const scpForm = /^([^\s/@:]+)@([^\s/@:]+):(?!\/\/)([^\s]+)$/

/**
 * Checks a URL before anything is done with it. git itself would run a program for `ext::…`, read `--upload-pack=…` as
 * an option, and print a password that stands in a URL. `git/config` for whatever is not plainly a repository.
 */
export function parseRemoteUrl(text: string, policy: UrlPolicy): RemoteUrl {
  const refuse = (why: string): FleetkitError => new FleetkitError('git/config', `the repository URL ${displayUrl(text)} ${why}`)
  if (typeof text !== 'string' || text === '') throw new FleetkitError('git/config', 'the repository URL is empty')
  if (text.length > 2048) throw refuse('is longer than 2048 characters')
  if (hasControlOrSpace(text)) throw refuse('has a blank or a control character in it')

  const scp = scpForm.exec(text)
  if (scp !== null) {
    const [, user, host, path] = scp as unknown as [string, string, string, string]
    if ([user, host, path].some((part) => part.startsWith('-'))) throw refuse('has a part that begins with a dash')
    return { protocol: 'ssh', url: text, origin: `ssh://${host}`, display: displayUrl(text) }
  }

  const url = URL.canParse(text) ? new URL(text) : undefined
  const protocol = /^(https|http|ssh|file):\/\//i.exec(text)?.[1]?.toLowerCase() as RemoteUrl['protocol'] | undefined
  if (url === undefined || protocol === undefined)
    throw refuse('is not one: accepted are https://host/path, ssh://user@host/path and user@host:path')
  if (url.search !== '' || url.hash !== '') throw refuse('has a query or a fragment')
  if (protocol === 'http' && !policy.allowHttp) throw refuse('is plain http, which `allowHttp` must allow')
  if (protocol === 'file' && !policy.allowFile) throw refuse('is a file, which `allowFile` must allow')
  if (url.password !== '' || (url.username !== '' && protocol !== 'ssh'))
    throw refuse('carries credentials; give them as `credentials`, apart from the URL')
  // What follows is handed to ssh as arguments (CVE-2017-1000117).
  if ([decode(url.username), url.hostname, decode(url.pathname).slice(1)].some((part) => part.startsWith('-')))
    throw refuse('has a part that begins with a dash')
  if (protocol !== 'file' && url.hostname === '') throw refuse('has no host')
  if (url.pathname === '' || url.pathname === '/') throw refuse('names no repository')
  return {
    protocol,
    url: withoutLastSlashes(url.href),
    origin: protocol === 'file' ? '' : `${url.protocol}//${url.host}`,
    display: displayUrl(text),
  }
}

/** A URL without what may be secret in it: everything before the last `@`, query and fragment. */
export function displayUrl(text: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?([\s\S]*)$/i.exec(String(text).slice(0, 2048)) ?? []
  const bare = scheme + rest.slice(rest.lastIndexOf('@') + 1).replace(/[?#][\s\S]*$/, '')
  const shown = bare.length > 200 ? `${bare.slice(0, 200)}…` : bare
  return hasControlOrSpace(shown) ? JSON.stringify(shown) : shown
}

/** Whether git accepts `name` as that of a tag (`git check-ref-format`). */
export function isTagName(name: string): boolean {
  if (typeof name !== 'string' || name === '' || name.length > 255 || hasControlOrSpace(name)) return false
  if (/[~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$/.test(name)) return false
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
}

/** Whether a text has characters that could end a line, an argument or a header. */
export function hasControlOrSpace(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code <= 0x20 || code === 0x7f) return true
  }
  return false
}

function withoutLastSlashes(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end--
  return text.slice(0, end)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
