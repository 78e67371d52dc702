import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import type { PasskeyAsked } from '@straylight/console/contract/passkeys'
import type { PasskeySignature } from '@straylight/schemas/verdict'
import { ApiFault, ask, say } from './call-api.ts'

/** Signs the command that is shown; the browser asks for a finger or a PIN. */
export async function signWithPasskey({ challenge, ids, origins }: PasskeyAsked): Promise<PasskeySignature> {
  const { origin, hostname } = window.location
  if (!origins.includes(origin)) {
    throw new ApiFault('bad_request', `A passkey signs at ${origins.join(' or ')} only. Open the console there.`)
  }
  const { id, response } = await startAuthentication({
    optionsJSON: {
      ...{ challenge, rpId: hostname, userVerification: 'required', timeout: 5 * 60_000 },
      allowCredentials: ids.map((one) => ({ id: one, type: 'public-key' })),
    },
  }).catch(notDone)
  const { authenticatorData, clientDataJSON, signature } = response
  return { id, authenticator_data: authenticatorData, client_data: clientDataJSON, signature }
}

/** Makes a passkey, and gives the lines with which the policy takes it. */
export async function makePasskey(): Promise<string> {
  const options = await ask('newPasskey', { origin: window.location.origin })
  const { id, response } = await startRegistration({ optionsJSON: options }).catch(notDone)
  const made = { id, client_data: response.clientDataJSON, attestation: response.attestationObject }
  return (await say('madePasskey', made)).policy_lines
}

/** Browsers say in one word whether somebody said no, was too late, or has no such passkey: none of them tells more. */
function notDone(error: unknown): never {
  const name = error instanceof Error ? error.name : ''
  if (name === 'InvalidStateError')
    throw new ApiFault('bad_request', 'This authenticator has a passkey of yours already.')
  throw new ApiFault('bad_request', 'The passkey did not sign: it is not on this device, or nobody agreed in time.')
}
