import type { KubeObject } from 'fleetkit'
import { appendToLog, type HistoryEvent, type LogChange, type LogEnd, RolloutLog, type RolloutLogSpec, readLogs } from 'fleetkit/fleet'

/** The objects of a store, by name, as changes make them. */
export class LogStore {
  readonly specs: Map<string, RolloutLogSpec> = new Map()

  write(changes: readonly LogChange[]): void {
    for (const { verb, name, spec } of changes) {
      if ((verb === 'create') === this.specs.has(name)) throw new Error(`cannot ${verb} ${name}`)
      if (spec === undefined) this.specs.delete(name)
      else this.specs.set(name, JSON.parse(JSON.stringify(new RolloutLog({ metadata: { name }, spec }).spec)))
    }
  }

  /** Appends to the logs that the events are of, a few at a time, each time from where the log ends. */
  append(events: readonly HistoryEvent[], atOnce = 7): void {
    const ends = new Map<string | undefined, LogEnd>()
    for (const [module, own] of Map.groupBy(events, (event) => event.module))
      for (let from = 0; from < own.length; from += atOnce) {
        const { changes, end } = appendToLog(ends.get(module) ?? this.endOf(module), own.slice(from, from + atOnce))
        this.write(changes)
        ends.set(module, end)
      }
  }

  endOf(module: string | undefined): LogEnd {
    return readLogs(this.objects).logs.find((log) => log.module === module)?.end ?? { module, seq: 0 }
  }

  get objects(): readonly KubeObject[] {
    return [...this.specs].map(([name, spec]) => ({
      apiVersion: 'fleetkit.dev/v1alpha1',
      kind: 'RolloutLog',
      metadata: { name },
      spec: spec as unknown as KubeObject,
    })) as unknown as readonly KubeObject[]
  }
}
