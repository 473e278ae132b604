import { stringAt } from '../fields.ts'
import { current, type HealthRule, inProgress } from '../rule.ts'

/** `PersistentVolumeClaim`: bound to a volume. */
export const persistentVolumeClaim: HealthRule = ({ object }) => {
  const phase = stringAt(object, 'status.phase', 'unknown')
  return phase === 'Bound'
    ? current(object, 'persistentvolumeclaim/bound', 'The claim is bound.', 'status.phase')
    : inProgress(object, 'persistentvolumeclaim/not-bound', `The claim is not bound; its phase is ${phase}.`, 'status.phase')
}
