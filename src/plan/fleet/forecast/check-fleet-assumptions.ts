import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { matchesSelector } from '../../../model/selector.ts'
import type { FleetInput } from '../planner/input.ts'
import type { FleetAssumptions } from './result.ts'

/** `model/invalid` when something is assumed about what is not there. */
export function refuseAssumptions({ clusters, modules }: FleetInput, assume: FleetAssumptions): void {
  const ids = new Set(clusters.map(({ id }) => id))
  const names = new Set(modules.map(({ id }) => id))
  const ofCluster = (path: string, id: string): readonly Problem[] =>
    ids.has(id) ? [] : [{ path, found: describeValue(id), accepted: 'the id of one of the clusters' }]
  const ofFailing = ({ failing, failsTimes }: Omit<FleetAssumptions, 'modules'>, path: string): readonly Problem[] => [
    ...(Array.isArray(failing)
      ? failing.flatMap((id, index) => ofCluster(`${path}.failing[${index}]`, id))
      : failing === undefined ||
          clusters.some(({ labels }) => matchesSelector(failing as Exclude<typeof failing, readonly string[]>, labels))
        ? []
        : [{ path: `${path}.failing`, found: 'a selector that selects no cluster', accepted: 'one that selects some' }]),
    ...(failsTimes === undefined || (Number.isInteger(failsTimes) && failsTimes >= 0)
      ? []
      : [{ path: `${path}.failsTimes`, found: describeValue(failsTimes), accepted: 'a whole number from 0' }]),
  ]
  const problems = [
    ...ofFailing(assume, 'assume'),
    ...(assume.outages ?? []).flatMap(({ cluster }, index) => ofCluster(`assume.outages[${index}].cluster`, cluster)),
    ...Object.entries(assume.modules ?? {}).flatMap(([module, own]) => [
      ...(names.has(module)
        ? []
        : [{ path: `assume.modules[${module}]`, found: describeValue(module), accepted: 'the id of one of the modules' }]),
      ...ofFailing(own, `assume.modules[${module}]`),
    ]),
  ]
  if (problems.length > 0) throw invalid(undefined, problems)
}
