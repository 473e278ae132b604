/**
 * A rollout over 600 clusters before it is begun, as one HTML file to look through: `node examples/page/main.ts [file]`. One region has a bad
 * node image, and a few clusters cannot be reached.
 */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import { type ForecastInput, forecast } from 'fleetkit/forecast'
import { Canary, Rolling } from 'fleetkit/rollout'
import { fleetPage, forecastTimeline } from 'fleetkit/views'

const regions = ['eu-west', 'us-east', 'ap-south']
const clusters = regions.flatMap((region) =>
  Array.from({ length: 200 }, (_, index) => ({
    id: `${region}-${String(index + 1).padStart(3, '0')}`,
    labels: { region, tier: index < 10 ? 'canary' : 'prod', image: region === 'ap-south' && index % 25 === 20 ? 'v1-bad' : 'v1' },
  })),
)
const input: ForecastInput = {
  rollout: new Canary({
    selector: { matchLabels: { tier: 'canary' } },
    soak: '1h',
    next: new Rolling({ maxUnavailable: '10%', within: 'region', maxFailures: '5%' }),
  }),
  clusters,
  assume: {
    start: Date.UTC(2026, 11, 1, 9),
    readyAfter: (cluster) => (cluster.startsWith('ap') ? '9m' : '6m'),
    failing: { matchLabels: { image: 'v1-bad' } },
    outages: [
      { cluster: 'us-east-042', from: '30m' },
      { cluster: 'eu-west-117', from: '1h', to: '3h' },
    ],
  },
}
const result = forecast(input)
const timeline = forecastTimeline(result, input, { title: 'shop v2.0.0', version: 'v2.0.0', before: 'v1.4.0' })
const page = fleetPage(timeline, { deflate: deflateSync })
const file = process.argv[2] ?? path.join(tmpdir(), 'fleet.html')
writeFileSync(file, page)
console.log(`${result.phase}; ${clusters.length} clusters in ${Math.ceil(page.length / 1024)} KiB: open ${file}`)
