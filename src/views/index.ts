/**
 * Plans, forecasts and events as text and diagrams, and a view of progress. Pure functions.
 *
 * @module fleetkit/views
 * @packageDocumentation
 */
export { formatEvent } from './event-text.ts'
export { formatRolloutGantt, type RolloutGanttOptions } from './gantt.ts'
export { rolloutMermaid } from './mermaid.ts'
export { type FormatPlanOptions, formatPlan } from './plan-text.ts'
export { type ProgressOptions, progressView } from './progress.ts'
