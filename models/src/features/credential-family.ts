import { counted } from '@straylight/schemas/counted'
import { octaveOf } from '../session/activity-windows.ts'
import { largestOf, octaveTop } from './counts-in-words.ts'
import { type FeatureCause, featureFamily, octavesAbove, onOff, type Sentence } from './feature-family.ts'
import { inBothSums } from './sum-weights.ts'
import { tailExcess } from './tail-excess.ts'

const techniques = ['OWASP:ASI03', 'ATLAS:AML.T0012']
const credentialExpired: FeatureCause = { name: 'credential_expired', techniques }
const credentialAge: FeatureCause = { name: 'credential_age', techniques }

/** A twentieth over the lifetime that the registry expects is rounding and clocks, not age. */
const grace = 1.05

const daysOf = (hours: number): string =>
  hours < 72 ? counted(Math.round(hours), 'hour') : counted(Math.round(hours / 24), 'day')

const expiredSentence: Sentence = ({ shape }) => ({
  expected: 'no use is allowed after expiry',
  seen: `used ${daysOf(shape.credential_expired_hours)} after it expired`,
})
const overdueSentence: Sentence = ({ shape, registered }) => ({
  expected: `the registry allows ${daysOf(registered?.credential_lifetime_hours ?? 0)}`,
  seen: `${daysOf(shape.credential_age_hours ?? 0)} old`,
})
const ageSentence: Sentence = (comparison) => {
  const { credential_age_hours: age } = comparison.shape
  const tail = comparison.octaveTail(comparison.contextOf('credentialAge', ''), age ?? 0)
  const expected = largestOf(comparison, tail, {
    noun: 'earlier use',
    largest: daysOf(octaveTop(octaveOf(age ?? 0) - tail.excess)),
    superlative: 'oldest in',
  })
  return { expected, seen: `${daysOf(age ?? 0)} old` }
}

/** CISA and NIST SP 800-204 ask for short-lived tokens; who steals one keeps it. */
export const credentialFamily = featureFamily({
  name: 'credential',
  question: 'With how old a credential?',
  features: {
    credential_expired: {
      ...onOff,
      formula: '1 where the credential is used 5 minutes or more after its own expiry',
      needs: ['credential.expires_at'],
      cause: credentialExpired,
      title: 'Expired credential',
      sentence: expiredSentence,
      weights: inBothSums(45, 1),
    },
    credential_overdue: {
      ...onOff,
      formula:
        '1 where the credential is older, or made to live longer, than 1.05 × credential_lifetime_hours of the registry',
      needs: ['credential.issued_at', 'registry: credential_lifetime_hours'],
      cause: credentialAge,
      title: 'Credential older than allowed',
      sentence: overdueSentence,
      weights: inBothSums(45, 1),
    },
    credential_age_excess: {
      ...octavesAbove,
      formula:
        '2 nats for each octave above twice the oldest credential known of agent and peers, where the registry gives no lifetime; 0 below 10 known uses',
      needs: ['credential.issued_at'],
      cause: credentialAge,
      title: 'Credential older than any before',
      sentence: ageSentence,
      weights: inBothSums(2, 8),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { credential_expired, credential_age_hours: age } = comparison.shape
    out[at.credential_expired] = credential_expired ? 1 : 0
    if (age === null) return
    const expected = comparison.registered?.credential_lifetime_hours
    if (expected !== undefined) out[at.credential_overdue] = age > expected * grace ? 1 : 0
    else
      out[at.credential_age_excess] = tailExcess(comparison.octaveTail(comparison.contextOf('credentialAge', ''), age))
  },
})
