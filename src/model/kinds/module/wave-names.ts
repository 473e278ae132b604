/** The names of the stages that a stage with waves becomes: one for each, and one for the rest unless the last takes all. */
export function waveNames(stage: string, waves: readonly unknown[]): readonly string[] {
  const rest = waves.at(-1) === 'all' ? 0 : 1
  return Array.from({ length: waves.length + rest }, (_, index) => `${stage}-${index + 1}`)
}
