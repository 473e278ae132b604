/** The result of long work that is given in steps, all of them taken in one go. */
export function atOnce<Result>(steps: Generator<number, Result>): Result {
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}
