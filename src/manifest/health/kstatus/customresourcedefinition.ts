import { conditionPath } from '../conditions.ts'
import { current, failed, type HealthRule, inProgress } from '../rule.ts'
import { sentence } from './generic.ts'

/** `apiextensions.k8s.io/CustomResourceDefinition`: its names are accepted and the API server serves it. */
export const customResourceDefinition: HealthRule = ({ object, conditions }) => {
  const established = conditionPath('Established')
  for (const condition of conditions) {
    const { type, status, reason } = condition
    if (type === 'NamesAccepted' && status === 'False') {
      const message = sentence(condition, 'Its names are taken by another definition.')
      return failed(object, 'customresourcedefinition/names-rejected', message, conditionPath('NamesAccepted'))
    }
    if (type !== 'Established') continue
    if (status === 'True') return current(object, 'customresourcedefinition/established', 'The definition is established.', established)
    if (status === 'False' && reason !== 'Installing') {
      const message = sentence(condition, 'The API server does not serve the definition.')
      return failed(object, 'customresourcedefinition/not-established', message, established)
    }
  }
  return inProgress(object, 'customresourcedefinition/installing', 'The definition is being installed.', established)
}
