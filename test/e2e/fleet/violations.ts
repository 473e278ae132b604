import type { Sighting } from './observer.ts'

/** What a rollout has to keep to, as the one who reads the Module and the policy understands it. */
export interface Rules {
  /** In their order, with all their clusters. */
  readonly stages: readonly StageRules[]
  /** How many clusters may be updating at once. */
  readonly maxUpdating: number
  /** The versions in the order in which they were wanted: one that is rolled back to is there twice. */
  readonly wanted: readonly string[]
  /** By commit, which version that is. */
  readonly versions: ReadonlyMap<string, string>
  /** Clusters that came later: what is complete is complete without them. */
  readonly joined?: ReadonlySet<string> | undefined
}

export interface StageRules {
  readonly name: string
  readonly clusters: readonly string[]
  /** How many of them may be not ready at once. */
  readonly maxNotReady?: number | undefined
  /** How long the next stage waits after the last of them was ready; not for a version that was complete before. */
  readonly soakMs?: number | undefined
}

export interface Findings {
  readonly violations: readonly string[]
  /** How many were updating at once at most. */
  readonly mostUpdating: number
  /** By stage, how many were not ready at once at most. */
  readonly mostNotReady: Readonly<Record<string, number>>
}

/** A cluster, as far as it was seen. */
interface Target {
  /** The version that its Sync names. */
  wanted?: string | undefined
  /** The version of its Deployment, and how that is. */
  runs?: { readonly version: string; readonly health: 'ready' | 'failed' | 'updating'; readonly at: number } | undefined
  answers: boolean
}

/** Goes through what was seen, write by write, and says where a rule was broken. */
export function findingsIn(history: readonly Sighting[], rules: Rules): Findings {
  const referee = new Referee(rules)
  for (const sighting of history.toSorted((a, b) => a.revision - b.revision)) referee.see(sighting)
  return referee
}

class Referee implements Findings {
  readonly violations: string[] = []
  mostUpdating = 0
  readonly mostNotReady: Record<string, number> = {}
  readonly #rules: Rules
  readonly #targets: ReadonlyMap<string, Target>
  /** The versions that every cluster had, the last one last. */
  readonly #complete: string[] = []
  /** Which of the wanted versions has been started last. */
  #newest = -1

  constructor(rules: Rules) {
    this.#rules = rules
    this.#targets = new Map(rules.stages.flatMap(({ clusters }) => clusters.map((name) => [name, { answers: true }])))
  }

  see({ cluster, kind, object, at, revision, isGone }: Sighting): void {
    const target = this.#of(cluster)
    const where = `${revision}: ${cluster}`
    if (isGone) this.violations.push(`${where} loses ${kind} ${object.metadata.name}`)
    if (kind === 'ApiServer') target.answers = object.ok
    if (kind === 'Deployment' && object.metadata.name === 'shop') target.runs = isGone ? undefined : runsOf(object, at)
    if (kind === 'Sync') {
      const { commit } = object.spec.source.git
      const version = isGone ? undefined : (this.#rules.versions.get(commit) ?? `an unknown ${commit}`)
      if (version !== undefined && version !== target.wanted) this.#start(cluster, version, at, where)
      target.wanted = version
    }
    this.#count(where)
    const all = [...this.#targets].filter(([name, { answers }]) => answers && !this.#rules.joined?.has(name)).map(([, each]) => each)
    const [{ wanted } = { wanted: undefined }] = all
    if (wanted !== undefined && this.#complete.at(-1) !== wanted && all.every((each) => isReady(each, wanted))) this.#complete.push(wanted)
  }

  #start(cluster: string, version: string, at: number, where: string): void {
    const { stages, wanted } = this.#rules
    const isJoining = this.#of(cluster).wanted === undefined && version === this.#complete.at(-1)
    if (wanted[this.#newest] !== version && !isJoining) {
      const next = wanted.indexOf(version, this.#newest + 1)
      if (next < 0) this.violations.push(`${where} gets ${version} after ${wanted[this.#newest]}`)
      else this.#newest = next
    }
    if (isJoining) return
    for (const { name, clusters, soakMs = 0 } of stages) {
      if (clusters.includes(cluster)) return
      for (const member of clusters.filter((each) => this.#of(each).answers)) {
        if (!isReady(this.#of(member), version))
          this.violations.push(`${where} gets ${version}, which is not ready on ${member} of the stage ${name}`)
        const soakedMs = at - (this.#of(member).runs?.at ?? 0)
        if (soakedMs < soakMs && !this.#complete.includes(version))
          this.violations.push(`${where} gets ${version} ${soakedMs} ms after ${member} of the stage ${name}, which soaks for ${soakMs}`)
      }
    }
  }

  #count(where: string): void {
    const { stages, maxUpdating } = this.#rules
    const updating = [...this.#targets].filter(
      ([, { wanted, runs }]) => wanted !== undefined && (runs?.version !== wanted || runs.health === 'updating'),
    )
    this.mostUpdating = Math.max(this.mostUpdating, updating.length)
    if (updating.length > maxUpdating) this.violations.push(`${where}: ${updating.length} are updating: ${updating.map(([name]) => name)}`)
    for (const { name, clusters, maxNotReady = Number.POSITIVE_INFINITY } of stages) {
      const notReady = clusters.filter((each) => this.#of(each).wanted !== undefined && !isReady(this.#of(each), this.#of(each).wanted))
      this.mostNotReady[name] = Math.max(this.mostNotReady[name] ?? 0, notReady.length)
      if (notReady.length > maxNotReady)
        this.violations.push(`${where}: ${notReady.length} of the stage ${name} are not ready: ${notReady}`)
    }
  }

  #of(cluster: string): Target {
    return this.#targets.get(cluster) as Target
  }
}

function isReady({ wanted, runs }: Target, version: string | undefined): boolean {
  return wanted === version && runs?.version === version && runs?.health === 'ready'
}

function runsOf({ spec, status = {}, metadata }: any, at: number): Target['runs'] {
  const version = spec.template.spec.containers[0].image.split(':')[1]
  const isSeen = status.observedGeneration === metadata.generation
  const isAvailable = status.conditions?.some(({ type, status: is }: any) => type === 'Available' && is === 'True')
  return { version, health: isSeen ? (isAvailable ? 'ready' : 'failed') : 'updating', at }
}
