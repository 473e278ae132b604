/**
 * Plans and forecasts as text and diagrams. Pure functions.
 *
 * @module fleetkit/views
 * @packageDocumentation
 */
export { formatRolloutGantt, type RolloutGanttOptions } from './gantt.ts'
export { rolloutMermaid } from './mermaid.ts'
export { type FormatPlanOptions, formatPlan } from './plan-text.ts'
