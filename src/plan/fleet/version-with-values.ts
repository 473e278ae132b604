import { canonicalJson } from '../../model/json/canonical-json.ts'
import { sha256 } from '../../model/sha256.ts'

/**
 * A version together with the values that it is applied with, as one version: `1.4.0` with replicas of 3 is `1.4.0+values.c6e013609690`. New values
 * under one version are a version of their own then, which a rollout brings in stages, counts as done, and reverts, as any other.
 *
 * The same values give the same text, in whatever order their fields are. Without any it is the version itself. What follows the `+` is build
 * metadata of [Semantic Versioning](https://semver.org/#spec-item-10), which ranges disregard: what needs `^1.4` is content with either.
 *
 * Twelve digits of a digest stand for the values. Who knows the text can try values out: give a reference to a secret, not the secret.
 *
 * @param values - JSON
 *
 * @example
 * ```ts
 * import { versionWithValues } from 'fleetkit/fleet'
 * import { planRollout, view } from 'fleetkit/rollout'
 *
 * const [before, after] = [{ replicas: 2 }, { replicas: 3 }].map((values) => versionWithValues('1.4.0', values))
 * planRollout(
 *   {
 *     now: 1000,
 *     module: { id: 'shop', version: after ?? null },
 *     strategy: { stages: [{ name: 'fleet', maxConcurrency: 1 }] },
 *     targets: ['eu-1', 'eu-2'].map((id) => view(id, before ?? null)),
 *   },
 *   null,
 * ) // assigns 1.4.0 with three replicas to eu-1
 * ```
 */
export function versionWithValues(version: string, values: Readonly<Record<string, unknown>> | undefined): string {
  const text = canonicalJson(values ?? {})
  return text === '{}' ? version : `${version}${version.includes('+') ? '.' : '+'}values.${sha256(text).slice(0, 12)}`
}
