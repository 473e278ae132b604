import { current, type HealthRule } from '../rule.ts'

/** `policy/PodDisruptionBudget`: its controller has nothing to report beyond the generation, which is checked for every object. */
export const podDisruptionBudget: HealthRule = ({ object }) =>
  current(object, 'poddisruptionbudget/observed', 'The budget is computed.', 'metadata.generation', 'status.observedGeneration')
