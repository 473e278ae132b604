/**
 * What `clusters.ts` connects to: it answers as a thousand API servers would, by the host names of TLS, as far as a list goes and a watch that stays open. It
 * sends its address and its certificate, and what it has counted each time it is asked.
 */
import { createSecureServer, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { makeCertificate } from '../test/backends/cluster/kubernetes/certificate.ts'
import { discoveryAnswer } from '../test/backends/cluster/kubernetes/mock-api-server.ts'

/** What has been counted so far. */
export interface Counts {
  readonly open: number
  readonly names: number
  readonly watches: number
  readonly mostHandshakes: number
}

const { cert, key } = makeCertificate({ host: '*.clusters.example' })
const names = new Set<string | false | null>()
const handshakes = new Set<Socket>()
let [open, watches, mostHandshakes] = [0, 0, 0]

const answer = (response: Http2ServerResponse, body: unknown): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const server = createSecureServer({ cert, key }, (incoming, response) => {
  const { pathname, searchParams } = new URL(incoming.url, 'https://clusters.example')
  const discovery = discoveryAnswer(pathname, true)
  if (discovery !== undefined) return answer(response, discovery)
  const metadata = { resourceVersion: '1' }
  if (!searchParams.has('watch')) return answer(response, { apiVersion: 'v1', kind: 'ConfigMapList', metadata, items: [] })
  watches++
  response.on('close', () => watches--).writeHead(200, { 'content-type': 'application/json' })
  return response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } })}\n`)
})
server.on('connection', (socket: Socket) => {
  open++
  handshakes.add(socket)
  mostHandshakes = Math.max(mostHandshakes, handshakes.size)
  socket.on('close', () => {
    open--
    handshakes.delete(socket)
  })
})
const portOf = ({ remotePort }: Socket): number | undefined => remotePort
server.on('secureConnection', (socket: TLSSocket) => {
  names.add((socket as { readonly servername?: string | false }).servername ?? null)
  for (const other of handshakes) if (portOf(other) === portOf(socket)) handshakes.delete(other)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port, cert }))
process.on('message', () => process.send?.({ open, names: names.size, watches, mostHandshakes } satisfies Counts))
process.on('disconnect', () => process.exit())
