import { nextTurn } from './turn.ts'

/** How many characters are worked on before others have a turn: some hundredths of a second. */
const turnCharacters = 500_000

/** Takes the steps of long work with turns of the event loop in between. A step gives the characters that it took. */
export async function inTurns<Result>(steps: Generator<number, Result>): Promise<Result> {
  let characters = 0
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value
    characters += step.value
    if (characters < turnCharacters) continue
    characters = 0
    await nextTurn()
  }
}
