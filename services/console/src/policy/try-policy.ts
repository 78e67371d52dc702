import { setImmediate as giveWay } from 'node:timers/promises'
import { regradedFinding } from '@straylight/models/scoring/regraded-finding'
import { compareDecisions } from '@straylight/respond/trial/compare-decisions'
import { createDecisionReplay, type DecisionReplay } from '@straylight/respond/trial/decision-replay'
import { verifyVerdict } from '@straylight/respond/verdict/verdict-token'
import { dayMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import type { Policy } from '@straylight/schemas/policy'
import type { Verdict } from '@straylight/schemas/verdict'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { PolicyTrial, PolicyTrialBody } from '../contract/policy-trial.ts'
import { findingOfRow, pageFindings, pastFindings, pastVerdicts, storedAlerts } from './past-findings.ts'
import { proposedPolicy } from './proposed-policy.ts'
import { alertIdsOf, noTrial, trialOf } from './trial-answer.ts'

/** Findings that are decided in one trial. */
const findingsMax = 20_000
/** Findings that are decided before others have their turn: a few milliseconds. */
const turnFindings = 50

/** Answers what another policy would have made of the last weeks; one at a time, since it keeps a processor busy. */
export function createPolicyTrials(ground: ConsoleGround) {
  let isBusy = false
  return async (asker: Asker, body: PolicyTrialBody): Promise<PolicyTrial> => {
    const tenant = tenantFor(asker, body.tenant)
    const from = ground.now() - body.weeks * 7 * dayMs
    const asked = { as_of: ground.now(), weeks: body.weeks, from }
    const proposed = proposedPolicy(body.policy, ground.policy)
    if ('faults' in proposed) return noTrial(asked, proposed.faults)
    if (isBusy) {
      throw new ConsoleProblem('busy', 'Another policy is being tried. Ask again in some seconds.', {
        retryAfterSeconds: 5,
      })
    }
    isBusy = true
    try {
      const tried = await replayed(ground, { tenant, from, policy: proposed.policy })
      const changes = compareDecisions(tried.before.decided, tried.after.decided)
      const stored = await ground.ask(storedAlerts, { tenant, ids: alertIdsOf(changes) })
      return trialOf(asked, { ...proposed, changes, stored: new Set(stored.map(({ id }) => id)), read: tried.read })
    } finally {
      isBusy = false
    }
  }
}

export interface ReadFindings {
  findings: number
  /** Log time of the last one. */
  until: number | null
  more: boolean
}

interface Tried {
  readonly before: DecisionReplay
  readonly after: DecisionReplay
  readonly read: ReadFindings
}

async function replayed(
  ground: ConsoleGround,
  { tenant, from, policy }: { tenant: string; from: number; policy: Policy },
): Promise<Tried> {
  const known = ground.policy
  const rate = Math.max(known.budget.session_alert_rate, policy.budget.session_alert_rate)
  const verdicts = await verifiedVerdicts(ground, { tenant, from })
  const population = new Map((await ground.knowledge())?.population.map((one) => [one.tenant, one.agents]))
  const [before, after] = [createDecisionReplay(known), createDecisionReplay(policy)]
  const take = (finding: Finding) => {
    for (const said of dueBefore(verdicts, finding.log_time)) sayTo({ before, after }, said)
    const record = { digest: noDigest, agents: population.get(finding.tenant) ?? 0 }
    before.found({ ...record, finding: regradedFinding(finding, known.budget.session_alert_rate) })
    after.found({ ...record, finding: regradedFinding(finding, policy.budget.session_alert_rate) })
  }
  const read: ReadFindings = { findings: 0, until: null, more: false }
  let place = -1
  for (;;) {
    const rows = await ground.ask(pastFindings, { tenant, from, after: place, rate })
    for (const row of rows) {
      const finding = findingOfRow(row)
      if (finding === undefined) continue
      if (read.findings === findingsMax) return { before, after, read: { ...read, more: true } }
      take(finding)
      read.findings += 1
      read.until = Math.max(read.until ?? 0, finding.log_time)
      if (read.findings % turnFindings === 0) await giveWay()
    }
    place = rows.at(-1)?.offset ?? place
    if (rows.length < pageFindings) return { before, after, read }
  }
}

/** Commands that are never sent name no evidence. */
const noDigest = `sha256:${'0'.repeat(64)}`

interface Said {
  readonly verdict: Verdict
  readonly at: number
}

/** What counts by the policy in force, in order: who may answer is not tried. */
async function verifiedVerdicts(ground: ConsoleGround, of: { tenant: string; from: number }): Promise<Said[]> {
  const said: Said[] = []
  for (const { signed, at } of await ground.ask(pastVerdicts, of)) {
    const checked = await verifyVerdict(signed, ground.policy.issuers)
    if ('verdict' in checked) said.push({ verdict: checked.verdict, at })
  }
  return said
}

function* dueBefore(verdicts: Said[], at: number): Iterable<Said> {
  while ((verdicts[0]?.at ?? Number.POSITIVE_INFINITY) <= at) {
    const said = verdicts.shift()
    if (said !== undefined) yield said
  }
}

function sayTo({ before, after }: Pick<Tried, 'before' | 'after'>, { verdict, at }: Said): void {
  before.said(verdict, at)
  after.said(verdict, at, before.decided.alerts.get(verdict.alert_id))
}
