/**
 * Windows and freezes as people write them, in cron and time zones, and the intervals that the planner goes by. Pure functions.
 *
 * @module fleetkit/windows
 * @packageDocumentation
 */

export type { AllowWindow, FreezeWindow, TimeWindow } from '../../model/windows/windows.ts'
export { plannerWindows } from './planner-windows.ts'
export { validateWindows } from './validate-windows.ts'
export { isOpen, nextOpen, windowIntervals } from './window-intervals.ts'
export type {
  PlannerWindowOptions,
  PlannerWindows,
  RolloutWindows,
  WindowIntervals,
  WindowOptions,
} from './windows.ts'
