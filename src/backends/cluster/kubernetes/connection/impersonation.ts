import { FleetkitError } from '../../../../model/errors/error.ts'
import { describeValue, formatProblems, type Problem } from '../../../../model/errors/problem.ts'
import type { ClusterUser } from '../../../../ports/cluster.ts'
import type { Impersonation } from './kubeconfig.ts'

/** The headers that name who to act as. */
export function impersonationHeaders(impersonate: Impersonation | undefined): Readonly<Record<string, string>> {
  if (impersonate === undefined) return {}
  const { user, uid, groups, extra } = impersonate
  return {
    ...(user && { 'impersonate-user': user }),
    ...(uid && { 'impersonate-uid': uid }),
    ...repeated('impersonate-group', groups),
    ...Object.assign(
      {},
      ...Object.entries(extra).map(([key, values]) => repeated(`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`, values)),
    ),
  }
}

/**
 * The headers to act as a user and groups over a connection that acts as `current`. `cluster/config` for one that acts as another already: an
 * API server takes one user, and who holds a line as a user must not get one as anybody else.
 */
export function impersonateBy(
  current: Readonly<Record<string, string>>,
  { user, groups = [] }: ClusterUser,
): Readonly<Record<string, string>> {
  const accepted = 'printable characters of ASCII without spaces around them'
  const problems: Problem[] = [
    ...[user].map((value) => ({ path: 'user', value })),
    ...groups.map((value, index) => ({ path: `groups[${index}]`, value })),
  ]
    .filter(({ value }) => typeof value !== 'string' || !/^[!-~]([ -~]*[!-~])?$/.test(value))
    .map(({ path, value }) => ({ path, found: describeValue(value), accepted }))
  if (Object.keys(current).length > 0)
    problems.push({
      path: 'user',
      found: `a line that acts as ${current['impersonate-user'] ?? 'another user'} already`,
      accepted: 'a line to the cluster whose user does not impersonate',
    })
  if (problems.length > 0)
    throw new FleetkitError('cluster/config', `the cluster cannot be used as another user: ${formatProblems(problems)}`, { problems })
  return impersonationHeaders({ user, uid: undefined, groups, extra: {} })
}

/**
 * A header with several values, each under a name of its own that differs from the others in its case, which servers do not look at. Over HTTP/2
 * undici joins the values of one name with commas, and the API server would read them as one.
 */
function repeated(name: string, values: readonly string[]): Readonly<Record<string, string>> {
  const named = (index: number): string => {
    let bit = 0
    return name.replaceAll(/[a-z]/g, (letter) => ((index >> bit++) & 1 ? letter.toUpperCase() : letter))
  }
  return Object.fromEntries(values.map((value, index) => [named(index), value]))
}
