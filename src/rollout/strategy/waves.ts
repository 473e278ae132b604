import { waveNames } from '../../model/kinds/module/wave-names.ts'
import type { Stage } from './stage.ts'

/** A stage with waves as the stages that it stands for; another one as it is. */
export function stagesOfWaves({ waves, ...stage }: Stage): readonly Stage[] {
  if (waves === undefined) return [stage]
  return waveNames(stage.name, waves).map((name, wave) => ({ ...stage, name, limit: waves[wave] ?? 'all' }))
}
