import type { Problem } from '../../model/errors/problem.ts'
import { fieldPath } from '../../model/errors/problem.ts'

/** Where values come from: the keys are the names of variables. */
export interface VariableSource {
  /** For errors: `spec.postBuild.substitute`, `ConfigMap apps/cluster`. */
  readonly origin: string
  readonly values: Readonly<Record<string, string>>
  /** Whether the values come from a Secret, and are shown nowhere. */
  readonly secret?: boolean | undefined
}

/** The value of each variable, and which of them are secret. */
export interface Variables {
  readonly values: ReadonlyMap<string, string>
  readonly secret: ReadonlySet<string>
}

/**
 * The variables of several sources: of two values for one name the later counts, and line feeds are left out, as in Flux. A name
 * that no expression can have is a problem.
 */
export function mergeVariables(sources: readonly VariableSource[]): Variables & { readonly problems: readonly Problem[] } {
  const values = new Map<string, string>()
  const secret = new Set<string>()
  const problems: Problem[] = []
  for (const { origin, values: given, secret: isSecret } of sources) {
    for (const [name, value] of Object.entries(given)) {
      if (!/^[_A-Za-z][_A-Za-z0-9]*$/.test(name)) {
        const accepted = 'letters, digits and _, not beginning with a digit'
        problems.push({ path: fieldPath(origin, name), found: `the variable ${JSON.stringify(name)}`, accepted })
      }
      values.set(name, value.replaceAll('\n', ''))
      if (isSecret) secret.add(name)
      else secret.delete(name)
    }
  }
  return { values, secret, problems }
}
