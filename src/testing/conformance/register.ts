/** The runner's own function that registers a test: `test` of vitest or of `node:test`. */
export type RegisterTest = (name: string, body: () => Promise<void>) => void

/** Names tests that a backend cannot pass, and why. */
export interface ConformanceSkip {
  readonly reason: string
  readonly tests: readonly string[]
}

/** What every conformance suite takes. */
export interface ConformanceOptions<Subject extends AsyncDisposable> {
  readonly test: RegisterTest
  /** Makes a fresh subject; it is disposed of after its test. */
  readonly make: () => Promise<Subject>
  /** Tests that are not run. A name that the suite does not have is an error. */
  readonly skip?: readonly ConformanceSkip[] | undefined
  /** Called for each skipped test, e.g. `(name, reason) => test.skip(name + ': ' + reason)`. */
  readonly onSkip?: ((name: string, reason: string) => void) | undefined
}

/** The tests of a suite, by what they prove. A body throws when it does not hold. */
export type ConformanceCases<Subject> = Readonly<Record<string, (subject: Subject) => Promise<void>>>

/** Registers `cases` with the runner, each with a fresh subject. */
export function registerConformance<Subject extends AsyncDisposable>(
  suite: string,
  cases: ConformanceCases<Subject>,
  options: ConformanceOptions<Subject>,
): void {
  const reasons = new Map((options.skip ?? []).flatMap(({ reason, tests }) => tests.map((name) => [name, reason] as const)))
  const unknown = [...reasons.keys()].filter((name) => !Object.hasOwn(cases, name))
  if (unknown.length > 0) throw new TypeError(`${suite}: cannot skip unknown tests: ${unknown.map((name) => `'${name}'`).join(', ')}`)
  for (const [name, body] of Object.entries(cases)) {
    const reason = reasons.get(name)
    if (reason !== undefined) options.onSkip?.(`${suite}: ${name}`, reason)
    else
      options.test(`${suite}: ${name}`, async () => {
        await using subject = await options.make()
        await body(subject)
      })
  }
}
