import type { Descriptions } from '../schema/describe.ts'

const timing = {
  schedule:
    'When it opens, in the five fields of cron: minute, hour, day of the month, month, day of the week. A day matches if either of its two fields does, unless one of them is *.',
  timeZone: 'The time zone of the schedule by its IANA name, e.g. Europe/Berlin. UTC when absent, unless there is a timeZoneLabel.',
  timeZoneLabel:
    'A label of the clusters that names the time zone of each, with . for /: Europe.Berlin. Where it names none, timeZone counts; without that, nothing starts there.',
  duration: 'How much time passes, by a stopwatch, until it closes: 1m to 8784h.',
  from: 'Instead of a schedule: when it opens, as RFC 3339.',
  to: 'The first instant at which it is closed again, likewise.',
}

/** What the fields of windows mean. */
export const windowDescriptions: Descriptions = {
  AllowWindow: {
    '': 'A window in which clusters may be started: again and again by schedule and duration, or once from one time until another.',
    ...timing,
    selector: 'The clusters that it is for, by their labels. Absent: all that no window with a selector is for.',
  },
  FreezeWindow: {
    '': 'A window in which no cluster is started: again and again by schedule and duration, or once from one time until another.',
    ...timing,
    name: 'Its name in the reasons of what it holds.',
    selector: 'The clusters that it holds, by their labels. Absent: all.',
  },
}
