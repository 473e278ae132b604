/**
 * Claims: a page of 10,000 clusters takes at most 250 KiB; a step of its slider takes at most 4 ms, and no frame more than 34 ms meanwhile. The browser draws without a
 * graphics card. In the first fleet each cluster gets two versions, at any time, 4 % fail; the second is a forecast.
 */
import { deflateSync } from 'node:zlib'
import { type ForecastInput, forecast } from 'fleetkit/forecast'
import { Rolling } from 'fleetkit/rollout'
import { type FleetTimeline, fleetPage, forecastTimeline, type TimelineChange } from 'fleetkit/views'
import { findChromium } from '../test/servers/chromium.ts'
import { PageBrowser } from '../test/views/html/browser.ts'

const [clusters, steps] = [10_000, 600]

export async function run(): Promise<void> {
  const chromium = findChromium()
  if (chromium === undefined) throw new Error('Chromium is not there: name it by FLEETKIT_CHROMIUM')
  await using browser = await PageBrowser.start(chromium)
  console.log(`\n### A page of ${clusters} clusters, in Chromium without a graphics card\n`)
  console.log(
    '| | page | made in | shown after | a step: median | 99 % | max | a jump: median | max | a frame: median | 99 % | max |\n|---|---|---|---|---|---|---|---|---|---|---|---|',
  )
  await measurePage(browser, '40,000 changes at any time', scattered())
  await measurePage(browser, 'a forecast', rolling())
}

async function measurePage(browser: PageBrowser, name: string, timeline: FleetTimeline): Promise<void> {
  const began = performance.now()
  const html = fleetPage(timeline, { deflate: deflateSync })
  const made = performance.now() - began
  const { page, errors } = await browser.open(html)
  const shown = await page.evaluate(() => performance.now())
  // In the page: there are no types of the DOM here.
  const times = (await page.evaluate(`(async () => {
    const slider = document.getElementById('time')
    const frame = () => new Promise(requestAnimationFrame)
    const go = (moment) => {
      slider.value = String(moment)
      const began = performance.now()
      slider.dispatchEvent(new Event('input'))
      return performance.now() - began
    }
    const [last, steps, jumps, frames] = [Number(slider.max), [], [], []]
    const every = Math.max(1, Math.floor(last / ${steps}))
    go(0)
    await frame()
    let before = await frame()
    for (let moment = 1; moment <= last; moment += every) {
      steps.push(go(moment))
      const now = await frame()
      frames.push(now - before)
      before = now
    }
    for (let jump = 0; jump < 40; jump++) {
      jumps.push(go((jump * 7919 * every) % last))
      await frame()
    }
    return { steps, jumps, frames }
  })()`)) as Record<'steps' | 'jumps' | 'frames', number[]>
  if (errors.length > 0) throw new Error(errors.join('\n'))
  await page.close()
  const sorted = (list: readonly number[]): readonly number[] => list.toSorted((a, b) => a - b)
  const [step, jump, frame] = [sorted(times.steps), sorted(times.jumps), sorted(times.frames)]
  const ms = (value: number | undefined): string => `${(value ?? 0).toFixed(1)} ms`
  const at = (list: readonly number[], part: number): string => ms(list[Math.floor((list.length - 1) * part)])
  const cells = [
    `${Math.ceil(html.length / 1024)} KiB`,
    `${made.toFixed(0)} ms`,
    `${shown.toFixed(0)} ms`,
    ...[0.5, 0.99, 1].map((part) => at(step, part)),
    ...[0.5, 1].map((part) => at(jump, part)),
    ...[0.5, 0.99, 1].map((part) => at(frame, part)),
  ]
  console.log(`| ${name} | ${cells.join(' | ')} |`)
}

function scattered(): FleetTimeline {
  let state = 1
  const below = (end: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
  const ids = Array.from(
    { length: clusters },
    (_, index) => `${['eu', 'us', 'ap'][index % 3]}-cluster-${below(1_000_000).toString(36)}-${index}`,
  )
  const change = (round: number, cluster: string): TimelineChange[] => {
    const [at, revision, fails] = [round * 20_000_000 + below(18_000) * 1000, `v${round}`, below(100) < 4]
    const started = { at, cluster, state: 'updating' as const, revision, why: `stage ${below(10)}: its stage has begun` }
    const ended = { at: at + 60_000 + below(600) * 1000, cluster, revision }
    if (!fails) return [started, { ...ended, state: 'ready' }]
    return [started, { ...ended, state: below(3) === 0 ? 'unreachable' : 'failed', why: `the probe of container ${below(60)} fails` }]
  }
  return {
    title: 'scattered',
    clusters: ids.map((id, index) => ({ id, stage: `stage-${index % 10}`, labels: { region: id.slice(0, 2) } })),
    changes: [0, 1].flatMap((round) => ids.flatMap((id) => change(round, id))),
    from: 0,
    to: 40_000_000,
  }
}

function rolling(): FleetTimeline {
  const regions = ['eu', 'us', 'ap']
  const input: ForecastInput = {
    clusters: Array.from({ length: clusters }, (_, index) => ({
      id: `${regions[index % 3]}-${index}`,
      labels: { region: regions[index % 3] as string },
    })),
    rollout: new Rolling({ maxUnavailable: '1%', within: 'region', maxFailures: '10%' }),
    assume: { readyAfter: (cluster) => 300_000 + (cluster.length % 7) * 31_000 },
  }
  return forecastTimeline(forecast(input), input)
}
