import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { base64 } from '../../model/json/base64.ts'
import { sha256 } from '../../model/sha256.ts'
import { body, script, style } from './assets.generated.ts'
import { checkTimeline } from './check-timeline.ts'
import { packTimeline } from './pack.ts'
import type { FleetTimeline } from './timeline.ts'

/**
 * How {@link fleetPage} writes.
 *
 * @category Pages
 */
export interface FleetPageOptions {
  /** Compresses the data in the format of zlib, as `deflateSync` of `node:zlib` does. Without it the page is some four times as large. */
  readonly deflate?: ((bytes: Uint8Array) => Uint8Array) | undefined
}

/**
 * The states of a fleet over time as one HTML file that fetches nothing: the clusters as a grid, a slider over the time, why each is as it is,
 * and the same as tables and text. It can be opened from a disk, sent, or kept beside the rollout that it shows.
 *
 * Nothing of the timeline becomes markup or script: the page carries it as data, and a content security policy lets one script run, by its
 * digest.
 *
 * @throws FleetkitError `model/invalid` for what is no timeline, or when `deflate` gives something else than zlib's format.
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs'
 * import { deflateSync } from 'node:zlib'
 * import { forecast } from 'fleetkit/forecast'
 * import { Rolling } from 'fleetkit/rollout'
 * import { fleetPage, forecastTimeline } from 'fleetkit/views'
 *
 * const input = { rollout: new Rolling({ maxUnavailable: 1 }), clusters: [{ id: 'a' }, { id: 'b' }] }
 * const timeline = forecastTimeline(forecast(input), input, { title: 'shop v5' })
 * writeFileSync('fleet.html', fleetPage(timeline, { deflate: deflateSync }))
 * ```
 *
 * @category Pages
 */
export function fleetPage(timeline: FleetTimeline, { deflate }: FleetPageOptions = {}): string {
  checkTimeline(timeline)
  const packed = packTimeline(timeline)
  const data = deflate === undefined ? packed : deflated(packed, deflate)
  const policy = `default-src 'none'; script-src '${digestOf(script)}'; style-src '${digestOf(style)}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fleet</title>
<style>${style}</style>
</head>
<body>
${body}
<script type="text/plain" id="data" data-encoding="${deflate === undefined ? 'none' : 'deflate'}">${base64(data)}</script>
<script>${script}</script>
</body>
</html>
`
}

function deflated(bytes: Uint8Array, deflate: NonNullable<FleetPageOptions['deflate']>): Uint8Array {
  const data: unknown = deflate(bytes)
  if (data instanceof Uint8Array && isZlib(data)) return data
  const found = data instanceof Uint8Array ? 'bytes of another format' : describeValue(data)
  throw invalid(undefined, [
    { path: 'options.deflate', found, accepted: 'a function that gives bytes in the format of zlib, as deflateSync does' },
  ])
}

/** By its header (RFC 1950): the method, and a sum that is a multiple of 31. */
function isZlib([method = 0, flags = 0]: Uint8Array): boolean {
  return (method & 15) === 8 && (256 * method + flags) % 31 === 0
}

/** As a content security policy names what may run. */
function digestOf(text: string): string {
  return `sha256-${base64(Uint8Array.from(sha256(text).match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))}`
}
