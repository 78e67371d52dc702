import { diffPolicy } from '@straylight/respond/decide/policy-diff'
import { BadPolicy, policyOfText } from '@straylight/respond/decide/read-policy'
import type { Policy } from '@straylight/schemas/policy'
import type { PolicyTrial } from '../contract/policy-trial.ts'

/** Faults that are said at a time. */
const faultsMax = 50
/** Findings are kept up to so many times the budget under which they were made. */
const keptTimes = 10

export interface ProposedPolicy {
  readonly policy: Policy
  /** What it changes, in sentences. */
  readonly says: readonly string[]
  /** What it changes that stored findings can't show, in sentences. */
  readonly not_tried: readonly string[]
}

/** A policy that somebody wrote, beside the one in force; or where it is wrong. Who is alerted and who may answer stay as they are. */
export function proposedPolicy(
  text: string,
  known: Policy,
): ProposedPolicy | { readonly faults: PolicyTrial['faults'] } {
  try {
    const read = policyOfText(text, 'policy')
    const policy = { ...read, webhooks: known.webhooks, issuers: known.issuers }
    const says = diffPolicy(known, policy).filter((line) => !line.startsWith('The version'))
    return { policy, says, not_tried: notTried(known, read) }
  } catch (error) {
    if (error instanceof BadPolicy) return { faults: faultsOf(error) }
    throw error
  }
}

/** In the order of the lines. */
const faultsOf = ({ message }: BadPolicy): PolicyTrial['faults'] =>
  message
    .split('\n')
    .map(faultOf)
    .toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))
    .slice(0, faultsMax)

/** `policy:12: tiers.low.high: expected …` */
function faultOf(line: string): PolicyTrial['faults'][number] {
  const placed = /^policy:(\d+): (.*)$/.exec(line)
  if (placed === null) return { line: null, message: line.replace(/^policy: /, '').slice(0, 500) }
  return { line: Number(placed[1]), message: (placed[2] ?? '').slice(0, 500) }
}

const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other)

function notTried(known: Policy, read: Policy): string[] {
  const [was, is] = [known.budget.session_alert_rate, read.budget.session_alert_rate]
  return [
    ...(differs(known.learning, read.learning)
      ? [
          'How long a tenant and a role are learnt changes what is found from then on; findings that are stored were made under the present rule.',
        ]
      : []),
    ...(differs(known.growth_limits, read.growth_limits)
      ? ['Limits of growth make findings of their own; those that another limit would have made are not stored.']
      : []),
    ...(differs(known.suppression, read.suppression) ? ['What false verdicts keep quiet is taken as it was.'] : []),
    ...(differs(known.approval, read.approval)
      ? ['Nobody is taken to approve anything, so deadlines and passkeys of approvals show little here.']
      : []),
    ...(is > keptTimes * was
      ? [
          `Of events rarer than ${keptTimes} times the present budget all are stored as findings; of others only those that were quarantined.`,
        ]
      : []),
    ...(is !== was
      ? ['Thresholds follow the alerts that come out of a budget, over weeks; here they are taken as they were.']
      : []),
  ]
}
