import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A certificate that vouches for itself, and its key, in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

const ecdsaWithSha256 = der(0x30, objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))

/** Makes a certificate for a host: 127.0.0.1 and a hundred years from 2000 when absent. */
export function makeCertificate({
  host = '127.0.0.1',
  from = '20000101000000Z',
  until = '21000101000000Z',
}: {
  readonly host?: string
  readonly from?: string
  readonly until?: string
} = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = der(0x30, der(0x31, der(0x30, objectId(0x55, 0x04, 0x03), der(0x0c, Buffer.from(host)))))
  const signed = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.of(1)),
    ecdsaWithSha256,
    name,
    der(0x30, der(0x18, Buffer.from(from)), der(0x18, Buffer.from(until))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, der(0x30, objectId(0x55, 0x1d, 0x11), der(0x04, der(0x30, alternativeName(host)))))),
  )
  return {
    cert: pem(der(0x30, signed, ecdsaWithSha256, bits(signed, privateKey))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function alternativeName(host: string): Buffer {
  return /^[\d.]+$/.test(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))
}

function bits(signed: Buffer, key: KeyObject): Buffer {
  return der(0x03, Buffer.of(0), sign('sha256', signed, key))
}

function objectId(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes))
}

/** A value in DER, with its tag and its length. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts)
  const { length } = value
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), value])
}

function pem(bytes: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}
