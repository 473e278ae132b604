/** What a rollout will do, hour by hour, before it is begun: a canary, then the regions, each with its budget. */
import { forecast } from 'fleetkit/forecast'
import { Canary, Rolling } from 'fleetkit/rollout'
import { formatRolloutGantt } from 'fleetkit/views'

const clusters = ['eu-west', 'us-east', 'ap-south'].flatMap((region) =>
  Array.from({ length: 4 }, (_, index) => ({
    id: `${region}-${index + 1}`,
    labels: { region, stage: region === 'eu-west' && index === 0 ? 'canary' : 'prod' },
  })),
)
const rollout = new Canary({
  selector: { matchLabels: { stage: 'canary' } },
  soak: '30m',
  next: new Rolling({ maxUnavailable: 1, within: 'region' }),
})

console.log('Everything goes well:\n')
const well = forecast({ rollout, clusters, assume: { readyAfter: '10m' } })
console.log(formatRolloutGantt(well))
console.log(`\nMost unavailable at once: ${well.peak.unavailable.total}, by region: ${JSON.stringify(well.peak.unavailable.by('region'))}`)

console.log('\nus-east-2 fails, and ap-south-1 is unreachable:\n')
const badly = forecast({
  rollout,
  clusters,
  assume: { readyAfter: '10m', failing: ['us-east-2'], outages: [{ cluster: 'ap-south-1', from: '20m' }] },
})
console.log(formatRolloutGantt(badly))
for (const { reason, message, clusters: left } of badly.deadEnds) console.log(`${reason}: ${message} (${left.join(', ')})`)
