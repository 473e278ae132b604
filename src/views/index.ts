/**
 * Plans, forecasts and events as text and diagrams, a fleet over time as a page, and a view of progress. Pure functions.
 *
 * @module fleetkit/views
 * @packageDocumentation
 */
export { formatEvent } from './event-text.ts'
export { formatRolloutGantt, type RolloutGanttOptions } from './gantt.ts'
export { type ForecastTimelineOptions, forecastTimeline } from './html/forecast-timeline.ts'
export { type HistoryTimelineOptions, historyTimeline } from './html/history-timeline.ts'
export { type FleetPageOptions, fleetPage } from './html/page.ts'
export { type ClusterState, clusterStates, type FleetTimeline, type TimelineChange, type TimelineCluster } from './html/timeline.ts'
export { rolloutMermaid } from './mermaid.ts'
export { type FormatPlanOptions, formatPlan } from './plan-text.ts'
export { type ProgressOptions, progressView } from './progress.ts'
