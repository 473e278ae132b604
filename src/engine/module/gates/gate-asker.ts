import { AbortScope } from '../../../async/abort-scope.ts'
import { abortError } from '../../../model/errors/abort.ts'
import { askGate } from './ask-gate.ts'
import type { GateAnswer, GateContext, GateQuestion, RolloutGate } from './rollout-gate.ts'

const defaultIntervalMs = 10_000

/** A question that a rollout waits for an answer of. */
export interface OpenQuestion {
  /** Tells it from all others, those of another attempt included. */
  readonly key: string
  readonly gate: RolloutGate
  /** As it is at the time of asking; `undefined` when it need not be asked any more. */
  readonly question: () => GateQuestion | undefined
  /** `at`: when it was asked. */
  readonly answered: (answer: GateAnswer, at: number) => void
}

/** Asks gates again and again until each has passed or failed, or its question is no longer open. */
export class GateAsker implements AsyncDisposable {
  readonly #context: GateContext
  readonly #open: Map<string, { readonly scope: AbortScope; readonly ended: Promise<void> }> = new Map()

  constructor(context: GateContext) {
    this.#context = context
  }

  /** These questions are open from now on, and no others with a key that begins so. */
  put(prefix: string, questions: readonly OpenQuestion[]): void {
    const keys = new Set(questions.map(({ key }) => key))
    for (const [key, { scope }] of this.#open) {
      if (!key.startsWith(prefix) || keys.has(key)) continue
      scope.abort(abortError(this.#context.signal))
      // It may be open again before what was aborted has ended.
      this.#open.delete(key)
    }
    for (const each of questions) if (!this.#open.has(each.key)) this.#begin(each)
  }

  #begin(open: OpenQuestion): void {
    const scope = new AbortScope(this.#context.signal)
    const ended = this.#ask(open, scope.signal)
      .catch(() => {})
      .finally(() => {
        scope[Symbol.dispose]()
        if (this.#open.get(open.key)?.scope === scope) this.#open.delete(open.key)
      })
    this.#open.set(open.key, { scope, ended })
  }

  async #ask({ gate, question, answered }: OpenQuestion, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context
    for (;;) {
      const asked = question()
      if (asked === undefined) return
      const at = Math.floor(clock.now())
      const answer = await askGate(gate, asked, { ...this.#context, signal })
      answered(answer, at)
      if (answer.verdict !== 'pending') return
      await clock.sleep(gate.intervalMs ?? defaultIntervalMs, { signal })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()]
    for (const { scope } of open) scope.abort(abortError(this.#context.signal))
    await Promise.all(open.map(({ ended }) => ended))
  }
}
