import { Buffer } from 'node:buffer'
import net from 'node:net'
import tls from 'node:tls'
import type { Connector } from './connect-limits.ts'
import { socketOptions, type TlsOptions } from './http-client.ts'
import { secureContextOf } from './secure-contexts.ts'

/** Connects to a server. As that of undici, which keeps for each connection what it was made of, and 16 KB more. */
export function directConnector({ servername, rejectUnauthorized = true, ...material }: TlsOptions, allowH2: boolean): Connector {
  return ({ protocol, hostname: host, port }, callback) => {
    const isSecure = protocol === 'https:'
    const options = { ...socketOptions, noDelay: true, host, port: Number(port || (isSecure ? 443 : 80)) }
    const socket = isSecure
      ? tls.connect({
          ...options,
          servername: servername ?? (net.isIP(host) === 0 ? host : ''),
          rejectUnauthorized,
          secureContext: secureContextOf(material),
          ALPNProtocols: allowH2 ? multiplexed : single,
        })
      : net.connect(options as net.NetConnectOpts)
    const fail = (error: Error): void => callback(error, null)
    // A handshake that is cut off can fail twice.
    socket.on('error', fail)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      socket.off('error', fail)
      callback(null, socket)
    })
    return socket
  }
}

const multiplexed: DataView = wireFormat('h2', 'http/1.1')
const single: DataView = wireFormat('http/1.1')

/** Node copies a view of this kind for itself, and any other into a piece of 64 KB which that keeps. */
function wireFormat(...protocols: readonly string[]): DataView {
  const bytes = new Uint8Array(protocols.flatMap((name) => [name.length, ...Buffer.from(name)]))
  return new DataView(bytes.buffer)
}
