import { visibleText } from '@straylight/schemas/visible-text'
import type { RevokedCredential } from './revoked-credentials.ts'

/** What a revocation means to one agent: to whom the credential belongs, or who used it; null where it has no part in it. */
export function revocationSentence(agent: string, revoked: RevokedCredential): string | null {
  const { holder, accused } = revoked
  if (holder !== agent) {
    if (!accused.includes(agent)) return null
    return visibleText(
      `It used ${noun(revoked)} of ${holder}, and ${done('that', revoked)}. No credential of its own was touched by that.`,
    )
  }
  const others = accused.filter((one) => one !== agent)
  const why = others.length === 0 ? '' : `, since ${others.slice(0, 3).join(', ')} used it`
  const its = revoked.match === 'agent' ? 'it' : `its ${noun(revoked)}`
  const text = `${done(its, revoked, why)}.`
  return visibleText(text.charAt(0).toUpperCase() + text.slice(1))
}

const noun = ({ match, name }: RevokedCredential): string => (match === 'agent' ? name : `${match} ${name}`)

function done(what: string, { match, state, revoked_at, restored_at }: RevokedCredential, why = ''): string {
  const at = clock(revoked_at)
  if (state === 'asked')
    return `the broker was asked at ${at} to ${verbs[match][0]} ${what}${why}, and has not answered yet`
  const back = restored_at === null ? '' : `; it was restored at ${clock(restored_at)}`
  return `${what} was ${verbs[match][1]} at ${at}${why}${back}`
}

const verbs = {
  credential: ['revoke', 'revoked'],
  session: ['end', 'ended'],
  agent: ['suspend', 'suspended'],
} as const

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
