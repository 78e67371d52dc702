import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { restoreInWords } from '@straylight/respond/alert/restore-in-words'
import { NoKey, readIssuerKey, type Signer } from '@straylight/respond/command/signing-keys'
import { appendAndAwait } from '@straylight/respond/verdict/await-outcome'
import { latestAlert } from '@straylight/respond/verdict/latest-alert'
import { signVerdict, verifyVerdict } from '@straylight/respond/verdict/verdict-token'
import type { Log } from '@straylight/runtime/log/log'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Alert } from '@straylight/schemas/alert'
import { type Answer, Role, type Verdict } from '@straylight/schemas/verdict'
import { type CommandOutput, WrongUsage } from '../commands/command.ts'
import { issuerLines } from './issuer.ts'
import { type PolicyInUse, policyInUse } from './policy-in-use.ts'

/** What both `verdict` and `restore` take. */
export interface GiverOptions {
  readonly reason: string
  readonly issuer: string
  readonly role?: string
  readonly tenant?: string
  readonly waitSeconds: number
}

/** Somebody whom the policy lets say this. */
export interface Giver extends PolicyInUse {
  readonly signer: Signer
  readonly role: Role
  readonly options: GiverOptions
}

/** Opens the issuer's key and makes sure that the policy would take this answer from it; else says what to add. */
export async function openGiver(settings: AllSettings, options: GiverOptions, answer: Answer): Promise<Giver> {
  const { policy, policyFile } = await policyInUse(settings)
  const role = roleOf(policy, options, answer)
  const signer = await signerOf(join(settings.STRAYLIGHT_DATA, 'keys'), options.issuer)
  const giver = { signer, role, policy, policyFile, options }
  const spokenFor = policy.issuers.find(({ name }) => name === options.issuer)?.tenants[0]
  const tenant =
    options.tenant ?? (spokenFor === '*' ? undefined : spokenFor) ?? settings.STRAYLIGHT_TENANT ?? 'default'
  await signedFor(giver, verdictOf(giver, tenant, { alert_id: 'alr_', answer }))
  return giver
}

/** The verdict, signed; throws what to add to the policy where that would refuse it. */
async function signedFor({ signer, policy, policyFile }: Giver, verdict: Verdict): Promise<string> {
  const token = await signVerdict(verdict, signer)
  const check = await verifyVerdict(token, policy.issuers)
  if ('refused' in check)
    throw new WrongUsage(refusal({ detail: check.detail, policyFile }, verdict, signer.publicKey.x))
  return token
}

/** A key that nobody asked for would only be refused: one is made by `straylight issuer`, and listed by the policy. */
async function signerOf(folder: string, name: string): Promise<Signer> {
  return readIssuerKey(folder, name).catch((error: unknown) => {
    if (!(error instanceof NoKey)) throw error
    throw new WrongUsage(
      `${error.message} Set STRAYLIGHT_DATA to the folder that holds it, or make one with \`straylight issuer ${name}\` and list it in the policy.`,
    )
  })
}

function roleOf(policy: Giver['policy'], { issuer: name, role }: GiverOptions, answer: Answer): Role {
  if (role !== undefined) return oneOf(Role, role, 'role')
  const roles = policy.issuers.find((issuer) => issuer.name === name)?.roles ?? []
  return answer === 'true' || answer === 'false' ? (roles[0] ?? 'analyst') : 'approver'
}

export function oneOf<Value extends string>(choice: { options: readonly Value[] }, given: string, what: string): Value {
  const value = choice.options.find((option) => option === given)
  if (value !== undefined) return value
  throw new WrongUsage(`"${given}" is no ${what}: expected one of ${choice.options.join(', ')}`)
}

/** What is said, of what: the command and the revision are the ones that are shown before it is signed. */
export type Said = Pick<Verdict, 'alert_id' | 'answer'> &
  Partial<Pick<Verdict, 'alert_revision' | 'command_id' | 'suppress_days'>>

function verdictOf({ options, role }: Giver, tenant: string, said: Said): Verdict {
  const { reason, issuer } = options
  return { id: `vdt_${randomUUID()}`, tenant, reason, issuer, role, time: Date.now(), ...said }
}

/** Shows the alert, signs, appends, waits and tells: 0 where it was taken, 1 where it was not, 2 where nobody answered. */
export async function giveVerdict(
  output: CommandOutput,
  { log, giver, said }: { log: Log; giver: Giver; said: (alert: Alert) => Said },
  alertId: string,
): Promise<number> {
  const { options } = giver
  const alert = await latestAlert(log, alertId)
  if (alert === undefined || (options.tenant !== undefined && alert.tenant !== options.tenant)) {
    const of = options.tenant === undefined ? '' : ` of tenant ${options.tenant}`
    const found = alert === undefined ? '' : ` It is of tenant ${alert.tenant}: leave --tenant out, or name that.`
    output.say(`There is no alert ${alertId}${of}.${found} No verdict was sent.`)
    output.result({ alert: alertId, tenant: options.tenant ?? null, accepted: false, code: 'unknown_alert' })
    return 1
  }
  output.say(
    `${alert.id}, revision ${alert.revision} (${alert.state.replaceAll('_', ' ')}, ${alert.severity}): ${alert.summary}`,
  )
  if (alert.command !== undefined) output.say(`Its command is ${alert.command.id} (${alert.command_state}).`)
  for (const restore of alert.restores ?? []) output.say(restoreInWords(restore))
  // Whose alert it is says the alert: the line that a message offers needs no name that somebody else chose.
  const verdict = verdictOf(giver, alert.tenant, said(alert))
  output.say(revisionInWords(verdict, alert))
  const token = await signedFor(giver, verdict)
  output.say(`${verdict.id}: ${verdict.issuer} (${verdict.role}) says ${verdict.answer}.`)
  const outcome = await appendAndAwait(log, { alert: alertId, token }, options.waitSeconds * 1000)
  const named = {
    verdict: verdict.id,
    alert: alertId,
    answer: verdict.answer,
    issuer: verdict.issuer,
    role: verdict.role,
    revision: verdict.alert_revision ?? null,
    newest_revision: alert.revision,
  }
  if (outcome === undefined) {
    output.say(
      `No answer within ${options.waitSeconds} s: the verdict stands in the log, and counts if respond takes it in time. Is it running?`,
    )
    output.result({ ...named, accepted: null, code: 'no_answer' })
    return 2
  }
  const { accepted, code, message, command_id, command_state } = outcome
  output.say(`${accepted ? 'Accepted' : 'Refused'}: ${message}`)
  output.result({
    ...named,
    accepted,
    code,
    message,
    command: command_id ?? null,
    command_state: command_state ?? null,
  })
  return accepted ? 0 : 1
}

/** Which revision is answered, and that there is a newer one than was read: what has come since is not meant. */
function revisionInWords({ alert_revision: read }: Verdict, { revision: newest }: Alert): string {
  if (read === undefined || read === newest) return `You answer revision ${newest}, the newest.`
  if (read > newest) return `You answer revision ${read}, and the alert has only ${newest}.`
  return `You answer revision ${read}, and the alert has changed since: revision ${newest} is the newest, as above. Refused if that changes what you say.`
}

function refusal(of: { detail: string; policyFile: string | null }, verdict: Verdict, x: string): string {
  const read =
    of.policyFile === null
      ? 'No policy file was read: set STRAYLIGHT_POLICY to the one that the deployment runs on, or write one.'
      : `The policy file read is ${of.policyFile}: set STRAYLIGHT_POLICY to have another one read.`
  return `The policy would refuse this verdict: ${of.detail}.
${read}
An issuer stands in it like this (restart the deployment then):
${issuerLines(verdict.issuer, x, [verdict.role])}
    tenants: [${JSON.stringify(verdict.tenant)}]`
}
