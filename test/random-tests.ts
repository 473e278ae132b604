/** What random tests go by, so that a run of the tests is a function of the commit and of these two variables. */

/** Where all randomness of a run starts from: `FLEETKIT_SEED`. */
export const seed: number = positive('FLEETKIT_SEED')

/** How many cases a random test tries: `count`, or `FLEETKIT_RUNS` times as many. */
export function runs(count: number): number {
  return count * factor
}

const factor = positive('FLEETKIT_RUNS')

function positive(variable: string): number {
  const text = process.env[variable] ?? '1'
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw new Error(`${variable} is ${text}, and must be an integer above 0`)
  return Number(text)
}
