import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { type ClusterState, clusterStates, type FleetTimeline, fleetPage, type TimelineChange } from 'fleetkit/views'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { PageBrowser } from './browser.ts'

const chromium = inject('chromium')
const deflate = (bytes: Uint8Array): Uint8Array => deflateSync(bytes)
const midnight = Date.UTC(2026, 10, 28)
const minute = 60_000

/** Two canaries and five others. One of the canaries fails, and so do two of the others; one is lost. */
const small: FleetTimeline = {
  title: 'shop v5',
  clusters: [
    { id: 'c-1', stage: 'canary', labels: { region: 'eu' } },
    { id: 'c-2', stage: 'canary', labels: { region: 'us' } },
    ...['f-1', 'f-2', 'f-3', 'f-4', 'f-5'].map((id) => ({ id, stage: 'fleet', labels: id === 'f-5' ? undefined : { region: 'eu' } })),
  ],
  changes: [
    ...['c-1', 'c-2', 'f-1', 'f-2', 'f-3', 'f-4'].map((cluster) => ({ at: midnight, cluster, state: 'pending' as const, revision: 'v4' })),
    { at: midnight + minute, cluster: 'c-1', state: 'updating', revision: 'v5', why: 'stage canary has begun' },
    { at: midnight + 2 * minute, cluster: 'c-1', state: 'ready', revision: 'v5' },
    { at: midnight + 2 * minute, cluster: 'c-2', state: 'failed', revision: 'v5', why: 'a probe fails' },
    { at: midnight + 3 * minute, cluster: 'f-2', state: 'failed', revision: 'v5', why: 'out of memory' },
    { at: midnight + 3 * minute, cluster: 'f-3', state: 'unreachable', revision: 'v4' },
    { at: midnight + 4 * minute, cluster: 'f-4', state: 'failed', revision: 'v5', why: 'out of memory' },
    { at: midnight + 4 * minute, cluster: 'f-2', state: 'ready', revision: 'v5' },
  ],
  from: midnight,
  to: midnight + 5 * minute,
}

const large = (count: number): FleetTimeline => ({
  title: 'large',
  clusters: Array.from({ length: count }, (_, index) => ({ id: `n-${index}`, stage: `s${index % 3}` })),
  changes: [],
  from: 0,
  to: 0,
})

const slideTo = (page: Page, moment: number): Promise<void> => page.locator('#time').fill(String(moment))
const textOf = (page: Page, selector: string): Promise<string | null> => page.locator(selector).textContent()
/** The lines of a table, each cell after the other. */
const linesOf = (page: Page, table: string): Promise<readonly string[]> =>
  page
    .locator(`${table} tbody tr`)
    .evaluateAll((lines: any[]) => lines.map((line) => [...line.cells].map((cell) => cell.textContent).join('|')))
/** The colour of a pixel of the picture. */
const pixel = (page: Page, x: number, y: number): Promise<string> =>
  page.locator('#grid').evaluate(
    (canvas: any, [left, top]) => {
      const [red, green, blue, alpha] = canvas.getContext('2d').getImageData(left, top, 1, 1).data
      // What was never drawn shows what is behind it.
      if (alpha === 0) return (globalThis as any).getComputedStyle((globalThis as any).document.documentElement).getPropertyValue('--back')
      return `#${[red, green, blue].map((part: number) => part.toString(16).padStart(2, '0')).join('')}`
    },
    [x, y],
  )
const colour = (page: Page, name: string): Promise<string> =>
  page.evaluate(
    (property) => (globalThis as any).getComputedStyle((globalThis as any).document.documentElement).getPropertyValue(property),
    `--${name}`,
  )
/** The middle of a cell: cells of small fleets are 24 pixels apart, below a heading of 26; the fleet's are below one line of canaries. */
const cell = (group: 'canary' | 'fleet', index: number): readonly [x: number, y: number] => [
  24 * index + 11,
  (group === 'canary' ? 26 : 86) + 11,
]

describe.skipIf(chromium === null)('a page in a browser', () => {
  let browser: PageBrowser
  beforeAll(async () => {
    browser = await PageBrowser.start(chromium as string)
  })
  afterAll(() => browser?.[Symbol.asyncDispose]())

  /** Opens a page for a test; it may neither ask for anything nor fail. */
  async function using(
    timeline: FleetTimeline,
    look: (page: Page) => Promise<void>,
    options: Parameters<typeof fleetPage>[1] = { deflate },
  ): Promise<void> {
    const { page, requests, errors } = await browser.open(fleetPage(timeline, options))
    try {
      await look(page)
      expect(requests).toHaveLength(1)
      expect(errors).toEqual([])
    } finally {
      await page.close()
    }
  }

  test('shows the end first, and follows the slider to and fro', () =>
    using(small, async (page) => {
      expect(await page.title()).toBe('shop v5')
      expect(await textOf(page, 'h1')).toBe('shop v5')
      expect(await linesOf(page, '#groups')).toEqual(['canary|0|0|0|1|1|0|2', 'fleet|1|1|0|1|1|1|5'])
      expect(await textOf(page, '#when')).toBe('2026-11-28 00:04:00 UTC')
      await slideTo(page, 1)
      expect(await linesOf(page, '#groups')).toEqual(['canary|0|1|1|0|0|0|2', 'fleet|1|4|0|0|0|0|5'])
      expect(await page.locator('#time').getAttribute('aria-valuetext')).toBe('2026-11-28 00:01:00 UTC')
      await page.locator('#time').press('ArrowRight')
      expect(await page.locator('#time').getAttribute('aria-valuetext')).toBe('2026-11-28 00:02:00 UTC')
      expect(await linesOf(page, '#groups')).toEqual(['canary|0|0|0|1|1|0|2', 'fleet|1|4|0|0|0|0|5'])
      await page.locator('#time').press('Home')
      expect(await linesOf(page, '#groups')).toEqual(['canary|0|2|0|0|0|0|2', 'fleet|1|4|0|0|0|0|5'])
    }))

  test('has a table of all clusters while they are few, which follows the slider', () =>
    using(small, async (page) => {
      const lines = await linesOf(page, '#clusters')
      expect(lines).toHaveLength(7)
      expect(lines[1]).toBe('c-2|canary|failed|v5|2026-11-28 00:02:00 UTC|a probe fails')
      expect(lines[6]).toBe('f-5|fleet|absent|||')
      await slideTo(page, 0)
      expect((await linesOf(page, '#clusters'))[1]).toBe('c-2|canary|pending|v4|2026-11-28 00:00:00 UTC|')
    }))

  test.each([
    [199, true],
    [200, false],
  ])('of %i clusters: %s', (count, shown) =>
    using(large(count), async (page) => {
      expect(await page.locator('#clusters').isVisible()).toBe(shown)
      expect(await linesOf(page, '#groups')).toHaveLength(3)
    }),
  )

  test('has real headings in its tables', () =>
    using(small, async (page) => {
      for (const table of ['#groups', '#clusters']) {
        expect(await page.locator(`${table} caption`).count()).toBe(1)
        expect(await page.locator(`${table} thead th:not([scope=col])`).count()).toBe(0)
        expect(await page.locator(`${table} tbody tr > th[scope=row]:first-child`).count()).toBe(
          await page.locator(`${table} tbody tr`).count(),
        )
      }
      expect(await page.locator('#groups thead').textContent()).toBe(`stage${clusterStates.join('')}all`)
    }))

  test('draws each state in its colour; failed has a notch, unreachable is hollow', () =>
    using(small, async (page) => {
      const look = async (name: string, [x, y]: readonly [number, number]): Promise<void> =>
        expect(await pixel(page, x, y), name).toBe(await colour(page, name))
      const at = (group: 'canary' | 'fleet', index: number, dx: number, dy: number): readonly [number, number] => {
        const [x, y] = cell(group, index)
        return [x + dx, y + dy]
      }
      await look('ready', cell('canary', 0))
      await look('ready', at('canary', 0, 9, -9))
      await look('failed', at('canary', 1, -6, 6))
      await look('back', at('canary', 1, 9, -9))
      await look('pending', cell('fleet', 0))
      await look('unreachable', at('fleet', 2, -10, 0))
      await look('back', cell('fleet', 2))
      await look('absent', cell('fleet', 4))
      await look('back', at('fleet', 4, -9, 0))
      await slideTo(page, 1)
      await look('updating', cell('canary', 0))
      await look('pending', at('canary', 1, 9, -9))
      await look('pending', cell('fleet', 2))
    }))

  test('is drawn again when the reader changes the colour scheme', () =>
    using(small, async (page) => {
      const light = await pixel(page, ...cell('canary', 0))
      await page.emulateMedia({ colorScheme: 'dark' })
      const other = await colour(page, 'ready')
      expect(other).not.toBe(light)
      await expect.poll(() => pixel(page, ...cell('canary', 0))).toBe(other)
      expect(await pixel(page, 24 + 20, 26 + 2), 'in the notch').toBe(await colour(page, 'back'))
      await page.emulateMedia({ colorScheme: 'light' })
      await expect.poll(() => pixel(page, ...cell('canary', 0))).toBe(light)
    }))

  test('says on hover how a cluster is, and why', () =>
    using(small, async (page) => {
      const hover = ([x, y]: readonly [number, number]): Promise<void> => page.locator('#grid').hover({ position: { x, y } })
      await hover(cell('canary', 1))
      expect(await textOf(page, '#tip')).toBe('c-2: failed, revision v5, since 2026-11-28 00:02:00 UTC: a probe fails')
      expect(await page.locator('#tip').isVisible()).toBe(true)
      await hover(cell('fleet', 4))
      expect(await textOf(page, '#tip')).toBe('f-5: absent')
      await hover([500, 40])
      expect(await page.locator('#tip').isVisible()).toBe(false)
      await hover(cell('canary', 1))
      await page.locator('h1').hover()
      expect(await page.locator('#tip').isVisible()).toBe(false)
      // The keyboard's cluster is not moved by the mouse, and nothing was announced.
      expect(await textOf(page, '#status')).toBe('')
    }))

  test('goes by keys from cluster to cluster, and says each', () =>
    using(small, async (page) => {
      const at = async (key: string): Promise<string> => {
        await page.keyboard.press(key)
        const status = (await textOf(page, '#status')) ?? ''
        expect(await textOf(page, '#tip')).toBe(status)
        return status.split(':')[0] as string
      }
      await page.locator('#fleet').focus()
      expect(await textOf(page, '#status')).toBe('c-1: ready, revision v5, since 2026-11-28 00:02:00 UTC')
      expect(await at('ArrowRight')).toBe('c-2')
      expect(await at('ArrowDown')).toBe('f-2')
      expect(await at('ArrowDown')).toBe('f-2')
      expect(await at('End')).toBe('f-5')
      expect(await at('ArrowRight')).toBe('f-5')
      expect(await at('ArrowUp')).toBe('c-2')
      expect(await at('ArrowUp')).toBe('c-2')
      expect(await at('Home')).toBe('c-1')
      expect(await at('ArrowLeft')).toBe('c-1')
      expect(await at('f')).toBe('c-2')
      expect(await at('f')).toBe('f-4')
      expect(await at('f')).toBe('c-2')
      expect(await at('Control+f')).toBe('c-2')
      // The cell is framed.
      const [frame, canvas] = [await page.locator('#cursor').boundingBox(), await page.locator('#grid').boundingBox()]
      expect([(frame?.x ?? 0) - (canvas?.x ?? 0), (frame?.y ?? 0) - (canvas?.y ?? 0)]).toEqual([22, 24])
      // What the keyboard points at follows the time.
      await slideTo(page, 0)
      expect(await textOf(page, '#status')).toBe('c-2: pending, revision v4, since 2026-11-28 00:00:00 UTC')
      await page.locator('#fleet').focus()
      await page.keyboard.press('f')
      expect(await textOf(page, '#status')).toBe('No cluster has failed at this time.')
    }))

  test('goes to the lines of a group that has several', () =>
    using(large(199), async (page) => {
      const at = async (key: string): Promise<string> => {
        await page.keyboard.press(key)
        return ((await textOf(page, '#status')) ?? '').split(':')[0] as string
      }
      await page.locator('#fleet').focus()
      // 67 clusters of stage s0 in lines of 40: n-0, n-102, n-105, ... by their names.
      const names = Array.from({ length: 67 }, (_, index) => `n-${3 * index}`).sort()
      expect(await at('ArrowRight')).toBe(names[1])
      expect(await at('ArrowDown')).toBe(names[41])
      expect(await at('ArrowUp')).toBe(names[1])
      expect(await at('End')).toMatch(/^n-/)
      await at('Home')
      for (let step = 0; step < 30; step++) await at('ArrowRight')
      // The line below is shorter.
      expect(await at('ArrowDown')).toBe(names[66])
    }))

  test('is one stop for the keyboard, with a name and the keys', () =>
    using(small, async (page) => {
      const stops: string[] = []
      for (let step = 0; step < 4; step++) {
        await page.keyboard.press('Tab')
        stops.push(await page.evaluate(() => (globalThis as any).document.activeElement.id))
      }
      expect(stops).toEqual(['time', 'grouping', 'search', 'fleet'])
      expect(await page.locator('#fleet').getAttribute('role')).toBe('application')
      expect(await page.locator('#fleet').getAttribute('aria-label')).toBe('Clusters')
      expect(await textOf(page, `#${await page.locator('#fleet').getAttribute('aria-describedby')}`)).toMatch(
        /arrows.*Home.*End.*f.*Enter/s,
      )
      expect(await page.locator('#status').getAttribute('role')).toBe('status')
      await page.keyboard.press('Shift+Tab')
      expect(await page.locator('#tip').isVisible()).toBe(false)
    }))

  test('finds a cluster, and shows it as text with all that has changed', () =>
    using(small, async (page) => {
      await page.locator('#search').fill('F-')
      expect(await page.locator('#found button').allTextContents()).toEqual(['f-1', 'f-2', 'f-3', 'f-4', 'f-5'])
      await page.locator('#found button', { hasText: 'f-2' }).click()
      expect(await textOf(page, '#cluster-id')).toBe('f-2')
      expect(await textOf(page, '#cluster-labels')).toBe('stage: fleet, region: eu')
      expect(await textOf(page, '#cluster-now')).toBe('f-2: ready, revision v5, since 2026-11-28 00:04:00 UTC')
      expect(await linesOf(page, '#cluster-changes')).toEqual([
        '2026-11-28 00:04:00 UTC|ready|v5|',
        '2026-11-28 00:03:00 UTC|failed|v5|out of memory',
        '2026-11-28 00:00:00 UTC|pending|v4|',
      ])
      expect(await page.evaluate(() => (globalThis as any).document.activeElement.id)).toBe('cluster-id')
      await slideTo(page, 3)
      expect(await textOf(page, '#cluster-now')).toMatch(/^f-2: failed.*out of memory$/)
      expect(await page.locator('#cluster-changes tr[aria-current=true]').textContent()).toContain('failed')
      await page.locator('#search').fill('nothing')
      expect(await textOf(page, '#found')).toBe('No cluster has this in its id.')
      await page.locator('#search').fill('c-1')
      await page.locator('#search').press('Enter')
      expect(await textOf(page, '#cluster-id')).toBe('c-1')
      await page.locator('#close').click()
      expect(await page.locator('#cluster').isVisible()).toBe(false)
      await page.locator('#search').fill('')
      expect(await page.locator('#found').isVisible()).toBe(false)
    }))

  test('offers few of many, the exact one first, and opens what is chosen in the grid', () =>
    using(large(300), async (page) => {
      await page.locator('#search').fill('n-2')
      const found = await page.locator('#found li').allTextContents()
      expect(found).toHaveLength(21)
      expect([found[0], found.at(-1)]).toEqual(['n-2', '…'])
      await page.locator('#grid').click({ position: { x: 7, y: 33 } })
      expect(await textOf(page, '#cluster-id')).toBe('n-0')
      await page.locator('#close').click()
      await page.keyboard.press('End')
      await page.keyboard.press('Enter')
      expect(await textOf(page, '#cluster-id')).toBe('n-98')
    }))

  test('groups by a label; those without it come last', () =>
    using(small, async (page) => {
      await page.locator('#grouping').selectOption('region')
      expect(await linesOf(page, '#groups')).toEqual(['eu|0|1|0|2|1|1|5', 'us|0|0|0|0|1|0|1', 'none|1|0|0|0|0|0|1'])
      await slideTo(page, 0)
      expect(await linesOf(page, '#groups')).toEqual(['eu|0|5|0|0|0|0|5', 'us|0|1|0|0|0|0|1', 'none|1|0|0|0|0|0|1'])
      await page.locator('#grid').hover({ position: { x: cell('fleet', 0)[0], y: cell('fleet', 0)[1] } })
      expect(await textOf(page, '#tip')).toMatch(/^c-2: pending/)
    }))

  test('is laid out again when it gets narrower', () =>
    using(large(100), async (page) => {
      const before = (await page.locator('#grid').boundingBox())?.height ?? 0
      await page.setViewportSize({ width: 320, height: 600 })
      await expect.poll(async () => (await page.locator('#grid').boundingBox())?.height ?? 0).toBeGreaterThan(before)
      expect(await page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
    }))

  test('counts times from the beginning where they are no dates', () =>
    using({ ...small, elapsed: true }, async (page) => {
      expect(await textOf(page, '#when')).toBe('+4m')
      await slideTo(page, 0)
      expect(await textOf(page, '#when')).toBe('+0s')
    }))

  test('shows an empty fleet', () =>
    using({ ...small, clusters: [], changes: [] }, async (page) => {
      await page.locator('#fleet').focus()
      expect(await textOf(page, '#status')).toBe('')
      expect(await linesOf(page, '#groups')).toEqual([])
    }))

  test('runs nothing that names and reasons say, and shows what cannot be seen', () => {
    const attack = '</script><script>globalThis.hacked=1</script><img src=x onerror="globalThis.hacked=1">'
    const hostile: FleetTimeline = {
      title: attack,
      clusters: [
        { id: attack, stage: attack, labels: { [attack]: attack, __proto__: attack } },
        { id: '\u202etxt.exe\n', stage: 'constructor' },
      ],
      changes: [{ at: midnight, cluster: attack, state: 'failed', revision: attack, why: attack }],
      from: midnight,
      to: midnight,
    }
    return using(hostile, async (page) => {
      expect(await page.title()).toBe(attack)
      await page.locator('#grouping').selectOption({ index: 1 })
      await page.locator('#search').fill('script')
      await page.locator('#search').press('Enter')
      await page.locator('#fleet').focus()
      await page.keyboard.press('End')
      await page.locator('#grid').hover({ position: { x: 11, y: 37 } })
      expect(await textOf(page, '#cluster-id')).toBe(attack)
      expect(await page.locator('#clusters tbody').textContent()).toContain('\\u{202e}txt.exe\\n')
      expect(await page.evaluate(() => (globalThis as any).hacked)).toBeUndefined()
      expect(await page.locator('img').count()).toBe(0)
      expect(await page.locator('script').count()).toBe(2)
    })
  })

  test('lets nothing run but its own script, and nothing be fetched', async () => {
    const html = fleetPage(small, { deflate })
    const added = html.replace(
      '</body>',
      '<script>globalThis.hacked=1</script><p onclick="globalThis.hacked=1" id="bait">x</p><style>h1 { display: none }</style><img src="https://example.com/x.png"></body>',
    )
    const opened = await browser.open(added)
    try {
      const { page, errors } = opened
      await page.locator('#bait').click()
      expect(await page.evaluate(() => (globalThis as any).hacked)).toBeUndefined()
      expect(await page.locator('h1').isVisible()).toBe(true)
      expect(await page.evaluate(() => fetch('https://example.com').then(String, String))).toContain('TypeError')
      expect(errors.filter((error) => /Content Security Policy/.test(error)).length).toBeGreaterThanOrEqual(4)
      expect(await linesOf(page, '#groups')).toHaveLength(2)
    } finally {
      await opened.page.close()
    }
  })

  test('does not run once its script was changed', async () => {
    const changed = fleetPage(small, { deflate }).replace('"use strict";', '"use strict";globalThis.hacked=1;')
    expect(changed).toContain('hacked')
    const { page, errors } = await browser.open(changed, 'load')
    expect(errors).toEqual([expect.stringMatching(/script.*Content Security Policy/s)])
    expect(await page.title()).toBe('Fleet')
    expect(await page.evaluate(() => (globalThis as any).hacked)).toBeUndefined()
    await page.close()
  })

  test('says so when its data cannot be read', async () => {
    const broken = fleetPage(small, { deflate }).replace(/(data-encoding="deflate">.{40}).*?</, '$1<')
    const { page } = await browser.open(broken)
    expect(await textOf(page, '#status')).toMatch(/^This page cannot be shown: /)
    await page.close()
  })

  const id = fc.stringMatching(/^[ab-]{1,4}$|^\p{L}{1,3}$/u)
  const timelines = fc.uniqueArray(id, { maxLength: 12 }).chain((ids) =>
    fc.record({
      clusters: fc.tuple(...ids.map((each) => fc.record({ id: fc.constant(each), stage: fc.constantFrom('x', 'y', 'z') }))),
      changes:
        ids.length === 0
          ? fc.constant<TimelineChange[]>([])
          : fc.array(
              fc.record({
                at: fc.oneof(fc.integer({ min: -3, max: 8 }), fc.constant(300), fc.constant(2 ** 40)),
                cluster: fc.constantFrom(...ids),
                state: fc.constantFrom<ClusterState>(...clusterStates),
                revision: fc.option(fc.constantFrom('v1', 'v2', ''), { nil: undefined }),
                why: fc.option(fc.constantFrom('x', 'y', '\u{1f600}'), { nil: undefined }),
              }),
              { maxLength: 40 },
            ),
      packed: fc.boolean(),
      way: fc.array(fc.nat(), { maxLength: 6 }),
    }),
  )

  test('shows at every moment what the timeline says', { timeout: runs(60_000) }, () =>
    fc.assert(
      fc.asyncProperty(timelines, async ({ clusters, changes, packed, way }) => {
        const timeline: FleetTimeline = { title: 'random', clusters, changes, from: 0, to: 2 ** 40, elapsed: true }
        const look = async (page: Page): Promise<void> => {
          const moments = [...new Set([0, ...changes.map(({ at }) => Math.max(0, at))])].sort((a, b) => a - b)
          for (const step of [moments.length - 1, ...way]) {
            const moment = step % moments.length
            await slideTo(page, moment)
            expect(await linesOf(page, '#clusters')).toEqual(expected(timeline, moments[moment] as number))
          }
        }
        await using(timeline, look, packed ? { deflate } : {})
      }),
      { numRuns: runs(10) },
    ),
  )
})

/** What the table of all clusters says, by the words of the timeline. */
function expected({ clusters, changes }: FleetTimeline, time: number): readonly string[] {
  const ids = clusters.map(({ id }) => id).sort()
  return ids.map((id) => {
    const stage = clusters.find((cluster) => cluster.id === id)?.stage
    let last: TimelineChange | undefined
    for (const change of changes)
      if (change.cluster === id && change.at <= time && (last === undefined || Math.max(0, change.at) >= Math.max(0, last.at)))
        last = later(last, change)
    if (last === undefined) return `${id}|${stage}|absent|||`
    return [id, stage, last.state, last.revision ?? '', since(last.at), last.why ?? ''].join('|')
  })
}

/** Of changes before the beginning the latest counts, also among one another. */
function later(last: TimelineChange | undefined, change: TimelineChange): TimelineChange {
  return last === undefined || change.at >= last.at ? change : last
}

function since(at: number): string {
  const ms = Math.max(0, at)
  if (ms < 1000) return ms === 0 ? '+0s' : `+${ms}ms`
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor((ms % 3_600_000) / minute), (ms % minute) / 1000]
  return `+${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 ? `${seconds}s` : ''}`
}
