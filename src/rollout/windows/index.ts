/**
 * Windows and freezes as people write them, in cron and time zones, and the intervals that the planner goes by. Pure functions.
 *
 * @module fleetkit/windows
 * @packageDocumentation
 */

export { validateWindows } from './validate-windows.ts'
export { isOpen, nextOpen, plannerWindows, windowIntervals } from './window-intervals.ts'
export type {
  FreezeWindow,
  PlannerWindows,
  RolloutWindows,
  TimeWindow,
  WindowIntervals,
  WindowOptions,
} from './windows.ts'
