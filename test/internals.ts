/**
 * The one way from the tests into `src/`: names that are not public and are tested directly all the same. Each group has its reason,
 * which `test/repository/internals.test.ts` asks for; everything else is tested through the package's entry points.
 */

// Everything waits through these, and none is public: what they leave on a signal that lasts is seen only here.
export { AbortScope } from '../src/async/abort-scope.ts'
export { callAfter } from '../src/async/time/call-after.ts'
export { ByteBudget } from '../src/async/byte-budget.ts'
export { Backoff, nextDelay } from '../src/async/time/backoff.ts'
export { onAbort } from '../src/async/on-abort.ts'
export { Semaphore } from '../src/async/semaphore.ts'
export { settlesWithin } from '../src/async/time/settles-within.ts'
export { SingleFlight } from '../src/async/single-flight.ts'
export { timeLimit } from '../src/async/time/time-limit.ts'
export { untilAborted } from '../src/async/until-aborted.ts'
export { Wakeup } from '../src/async/wakeup.ts'

// Names that do not resolve need name servers that do not answer: what is asked, and when, is tested with sources of the test's own.
export { NameLookup } from '../src/backends/cluster/kubernetes/http/name-lookup.ts'

// How a kubeconfig is read is compared with client-node and kubectl, field by field: a connection shows only part of it.
export { type Kubeconfig, mergeKubeconfigs, parseKubeconfig } from '../src/backends/cluster/kubernetes/connection/kubeconfig.ts'

// Random objects of every built-in kind are made by the schemas of the kinds; what a server says of them is compared field by field.
export { builtInTypes } from '../src/manifest/types/type-table.ts'
export { typeOfDocument } from '../src/manifest/types/open-api.ts'
export type { FieldSchema } from '../src/manifest/fields/schema.ts'

// What an API server answers cannot be provoked in all its forms: the reading of answers and the delays are tested alone.
export { type ApiRequest, responseError } from '../src/backends/cluster/kubernetes/errors.ts'
export { LineSplitter } from '../src/backends/cluster/kubernetes/lines.ts'
export { connectionFailure, retryDelay } from '../src/backends/cluster/kubernetes/retry.ts'

// Which renders are kept shows in a run only as time and memory.
export { inputDigest } from '../src/engine/attempt/plan/input-digest.ts'
export { RenderCache } from '../src/engine/attempt/plan/render-cache.ts'

// A thousand hostile URLs are quicker refused by the parser than by a fetch each.
export { displayUrl, parseRemoteUrl } from '../src/backends/git/remote-url.ts'

// The core of the stores is tested with types and rules that no factory gives it.
export { MemoryTable } from '../src/backends/store/memory/table.ts'
export { ObjectStore } from '../src/backends/store/object-store.ts'
export { customResource, settle } from '../src/backends/store/rules.ts'

// Properties of field sets, quantities and canonical JSON hold for all values, not only for those that a plan shows.
export {
  equalFieldSets,
  excludeFieldSet,
  type FieldSet,
  fieldSet,
  formatFieldSet,
  formatPaths,
  intersectFieldSets,
  isEmptyFieldSet,
  parseFieldSet,
  subtractFieldSets,
  unionFieldSets,
} from '../src/manifest/fields/field-set.ts'
export { canonicalJson } from '../src/model/json/canonical-json.ts'
export { parseInPieces } from '../src/model/json/parse-in-pieces.ts'
export { parseJson } from '../src/model/json/parse-json.ts'
export { canonicalQuantity, sameQuantity } from '../src/manifest/fields/quantity.ts'

// Every built-in health rule is run on broken objects by its name, so that a rule without such a case fails.
export { valueAt } from '../src/manifest/health/fields.ts'
export { healthRules } from '../src/manifest/health/kstatus/rules.ts'

// Flux is the oracle of expressions over a Sync and what it depends on, more of them than a controller could be asked.
export { compileReadyExpression, isReady } from '../src/engine/attempt/ready-expression.ts'

// Every clause of the rules of Argo CD has a case, so that one which nothing reaches fails.
export { argoRules } from '../src/manifest/health/argo/profile.ts'
export { compileTest } from '../src/manifest/health/argo/tests.ts'
export { readTable } from '../src/manifest/health/argo/table.ts'

// Small rules on which orders, equality and cancellation rest everywhere.
export { compareText, sortTexts } from '../src/model/compare-text.ts'
export { abortError } from '../src/model/errors/abort.ts'
export { toError } from '../src/model/errors/to-error.ts'
export { jsonEqual } from '../src/model/json/json-equal.ts'

// Node's own is the oracle, for texts of every length: a plan shows one digest of one text.
export { sha256 } from '../src/model/sha256.ts'

// npm's own package is the oracle of ranges and orders, over more of them than a graph would show.
export { inRange, isDowngrade, isRange } from '../src/model/versions.ts'

// Descriptions are compared with the schema that they describe: one that describes no field would be lost in silence.
export { rolloutDescriptions } from '../src/model/kinds/module/rollout-descriptions.ts'

// RE2 and kubectl's selectors are the oracles, over more patterns and texts than the targets of plans would show.
export { compilePattern } from '../src/model/target/match-pattern.ts'
export { parseSelector } from '../src/model/target/parse-selector.ts'

// Time passes in it, and a Sync would have to be run a thousand times.
export { contentionsOf, type Corrections, heldFields, recordCorrections } from '../src/plan/fields/contention.ts'

// Parts of decisions that a whole plan can show only a few at a time.
export { compileSelector } from '../src/model/compile-selector.ts'
export { admitTag, admittedCommit } from '../src/plan/sync/admit-tag.ts'
export { revisionInCluster } from '../src/plan/sync/history.ts'
export { type AttemptFacts, type AttemptOutcome, nextStatus, progressingStatus } from '../src/plan/sync/next-status.ts'
export { resolveStrategy } from '../src/rollout/strategy/resolve.ts'

// Worlds of Syncs and ProxySyncs have processes, lines and a referee as those of fleets have, which are part of the simulator.
export { type Assigned, reported } from '../src/testing/simulator/clusters/report.ts'
export { LeaseWatch } from '../src/testing/simulator/processes/lease-watch.ts'
export type { Line } from '../src/testing/simulator/processes/line.ts'
export { drawFaults, type Equipment, type Faulty, Processes } from '../src/testing/simulator/processes/processes.ts'
export { type Effect, Writes, type WritesOptions } from '../src/testing/simulator/processes/writes.ts'

// What the conformance suites are made of: their registration is tested with suites of its own, their definition of a custom type is shared.
export { definition } from '../src/testing/conformance/cluster/subject.ts'
export { registerConformance } from '../src/testing/conformance/register.ts'

// A shortest difference is compared with an oracle over random lines: a plan shows it among other text.
export { changedLines } from '../src/views/line-diff.ts'
