import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'

/** A field that Flux cannot do with every value. */
interface Limit {
  readonly field: string
  readonly value: (sync: AssembledSync) => unknown
  readonly isAccepted: (value: unknown) => boolean
  readonly accepted: string
}

const isAbsent = (value: unknown): boolean => value === undefined
const isNotTrue = (value: unknown): boolean => value !== true

const limits: readonly Limit[] = [
  {
    field: 'source.git.url',
    value: ({ source }) => source.git.url,
    isAccepted: (url) => /^(https?|ssh):\/\//.test(url as string),
    accepted: 'a URL of Flux: https://, http://, or ssh://user@host/path',
  },
  {
    field: 'source.git.commit',
    value: ({ source }) => source.git.commit,
    isAccepted: (commit) => (commit as string).length === 40,
    accepted: 'a commit id of 40 digits: Flux cannot read repositories of SHA-256',
  },
  {
    field: 'maxPrune',
    value: ({ maxPrune }) => maxPrune,
    isAccepted: isAbsent,
    accepted: 'nothing: Flux prunes without a limit',
  },
  {
    field: 'confirmPrune',
    value: ({ confirmPrune }) => confirmPrune,
    isAccepted: isNotTrue,
    accepted: 'false: Flux prunes without asking',
  },
  {
    field: 'partial',
    value: ({ partial }) => partial,
    isAccepted: isAbsent,
    accepted: 'nothing: Flux applies definitions and namespaces first, then all others or none',
  },
  {
    field: 'healthProfile',
    value: ({ healthProfile }) => healthProfile,
    isAccepted: (profile) => profile === undefined || profile === 'flux',
    accepted: 'flux, or nothing',
  },
  {
    field: 'conflicts',
    value: ({ conflicts }) => conflicts,
    isAccepted: isAbsent,
    accepted: 'nothing: Flux takes fields over from all other managers; see ignore',
  },
  {
    field: 'postBuild.strict',
    value: ({ postBuild }) => postBuild?.strict,
    isAccepted: isNotTrue,
    accepted: 'false: it is a setting of the whole kustomize-controller (StrictPostBuildSubstitutions)',
  },
]

/** What Flux cannot do of what syncs ask for. */
export function fluxProblems(syncs: readonly AssembledSync[]): readonly Problem[] {
  return syncs.flatMap((sync, index) =>
    limits.flatMap(({ field, value, isAccepted, accepted }) => {
      const found = value(sync)
      return isAccepted(found) ? [] : [{ path: `spec.syncs[${index}].${field}`, found: describeValue(found), accepted }]
    }),
  )
}
