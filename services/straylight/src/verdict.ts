import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { readPolicy } from '@straylight/respond/read-policy'
import { openIssuerKey } from '@straylight/respond/signing-keys'
import { signVerdict, verifyVerdict } from '@straylight/respond/verdict-token'
import { AllSettings, readSettings } from '@straylight/runtime/config'
import type { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { Answer, Role, type Verdict } from '@straylight/schemas/verdict'
import type { Command } from 'commander'
import { addCommand, WrongUsage } from './command.ts'
import { withLog } from './open-deployment.ts'
import { wholeNumber } from './whole-number.ts'

interface VerdictOptions {
  reason?: string
  issuer: string
  role?: string
  tenant?: string
  suppressDays?: number
}

/** `straylight verdict ALERT approve|reject|true|false`: what a person says of an alert, signed with the issuer's key. */
export function addVerdict(program: Command): void {
  addCommand<VerdictOptions>(program, {
    usage: 'verdict <alert> <answer>',
    summary: 'answer an alert: approve or reject its held command, or call it true or false',
    configure: (command) =>
      command
        .requiredOption('--reason <text>', 'why, for those who read it later')
        .option('--issuer <name>', 'who says it: a name that the policy lists under issuers', 'operator')
        .option(
          '--role <role>',
          'in which role: analyst, approver or owner (from the answer and the policy by default)',
        )
        .option(
          '--suppress-days <number>',
          'days for which a false verdict keeps the like quiet (the policy says how many by default and at most); 0: none',
          wholeNumber,
        )
        .option('--tenant <name>', "the alert's tenant (STRAYLIGHT_TENANT by default)"),
    run: async (output, options, alert = '', answer = '') => {
      const settings = readSettings(AllSettings)
      const policy = await readPolicy(settings.STRAYLIGHT_POLICY)
      const verdict = verdictOf({ alert, answer, options, settings, policy })
      const signer = await openIssuerKey(join(settings.STRAYLIGHT_DATA, 'keys'), verdict.issuer)
      const token = await signVerdict(verdict, signer)
      const check = await verifyVerdict(token, policy.issuers)
      if ('refused' in check) throw new WrongUsage(refusal(check.detail, verdict, signer.publicKey.x))
      // Keyed by alert; `respond` verifies it again, since the topic has other writers.
      await withLog(settings, (log) => log.append([{ topic: topics.verdicts.name, key: alert, value: token }]))
      output.say(`${verdict.id}: ${verdict.issuer} (${verdict.role}) says ${verdict.answer} to ${alert}.`)
      output.result({ verdict: verdict.id, alert, answer: verdict.answer, issuer: verdict.issuer, role: verdict.role })
      return 0
    },
  })
}

function verdictOf(given: {
  alert: string
  answer: string
  options: VerdictOptions
  settings: AllSettings
  policy: Policy
}): Verdict {
  const { alert, options, settings, policy } = given
  if (!alert.startsWith('alr_')) throw new WrongUsage(`"${alert}" is no alert: expected an id such as alr_1f9c…`)
  const answer = oneOf(Answer, given.answer, 'answer')
  const roles = policy.issuers.find((issuer) => issuer.name === options.issuer)?.roles ?? []
  const usual: Role = answer === 'approve' || answer === 'reject' ? 'approver' : (roles[0] ?? 'analyst')
  return {
    id: `vdt_${randomUUID()}`,
    alert_id: alert,
    tenant: options.tenant ?? settings.STRAYLIGHT_TENANT,
    answer,
    reason: options.reason ?? '',
    issuer: options.issuer,
    role: options.role === undefined ? usual : oneOf(Role, options.role, 'role'),
    ...(options.suppressDays === undefined ? {} : { suppress_days: options.suppressDays }),
    time: Date.now(),
  }
}

function oneOf<Value extends string>(choice: { options: readonly Value[] }, given: string, what: string): Value {
  const value = choice.options.find((option) => option === given)
  if (value !== undefined) return value
  throw new WrongUsage(`"${given}" is no ${what}: expected one of ${choice.options.join(', ')}`)
}

function refusal(detail: string, verdict: Verdict, x: string): string {
  return `The policy would refuse this verdict: ${detail}.
An issuer stands in it like this (STRAYLIGHT_POLICY, then restart):
issuers:
  - name: ${JSON.stringify(verdict.issuer)}
    public_key: ${JSON.stringify(x)}
    roles: [${verdict.role}]
    tenants: [${JSON.stringify(verdict.tenant)}]`
}
