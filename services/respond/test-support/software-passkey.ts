import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { PasskeySignature } from '@straylight/schemas/verdict'

export interface SoftwarePasskey {
  /** As the policy lists it. */
  readonly listed: { id: string; public_key: string }
  /** Signs as an authenticator does whose holder has shown a finger or said a PIN. */
  sign(challenge: string, how?: PasskeyUse): PasskeySignature
}

export interface PasskeyUse {
  readonly origin?: string
  readonly type?: string
  /** Without it the authenticator was only touched. */
  readonly userVerified?: boolean
}

/** An authenticator in software (ES256), for tests: CTAP's data as WebAuthn Level 3, section 6.1, has it. */
export function softwarePasskey(): SoftwarePasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  // A COSE key: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x, y.
  const coordinate = (name: number, value: string) =>
    Buffer.concat([Buffer.from([name, 0x58, 32]), Buffer.from(value, 'base64url')])
  const cose = Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01]),
    coordinate(0x21, x),
    coordinate(0x22, y),
  ])
  const id = randomBytes(24).toString('base64url')
  return {
    listed: { id, public_key: cose.toString('base64url') },
    sign: (challenge, { origin = 'http://localhost:8701', type = 'webauthn.get', userVerified = true } = {}) => {
      const clientData = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
      const party = createHash('sha256').update(new URL(origin).hostname).digest()
      const data = Buffer.concat([party, Buffer.from([userVerified ? 0x05 : 0x01, 0, 0, 0, 1])])
      const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
      return {
        id,
        authenticator_data: data.toString('base64url'),
        client_data: clientData.toString('base64url'),
        signature: sign('sha256', signed, privateKey).toString('base64url'),
      }
    },
  }
}
