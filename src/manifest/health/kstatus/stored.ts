import { current, type HealthRule } from '../rule.ts'

/** Kinds that nothing has to be done for once they are stored. */
export const stored: HealthRule = ({ object }) =>
  current(object, 'stored/always-current', 'Objects of this kind are current as soon as they exist.')
