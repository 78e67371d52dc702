import { randomUUID } from 'node:crypto'
import { appendAndAwait } from '@straylight/respond/verdict/await-outcome'
import { passkeyFault } from '@straylight/respond/verdict/passkey-fault'
import { signVerdict, verifyVerdict } from '@straylight/respond/verdict/verdict-token'
import type { Answer, Verdict } from '@straylight/schemas/verdict'
import { z } from 'zod'
import { alertOf } from '../alerts/alert-page.ts'
import type { Asker } from '../asker.ts'
import { tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { RestoreBody, VerdictAnswer, VerdictAnswers, VerdictsBody } from '../contract/verdicts.ts'
import { question } from '../questions/ask.ts'
import type { UserSigning } from './user-signing.ts'

/** How long `respond` may take to answer one verdict, and all of a request. */
const waitMs = 10_000
const waitAllMs = 25_000

type Signing = Asker & { readonly signing: UserSigning }

const commandById = question(
  'command by id',
  `SELECT r.alert_id AS alert_id FROM revocations AS r FINAL
WHERE r.id = {id:String} AND ({tenant:String} = '' OR r.tenant = {tenant:String}) LIMIT 1`,
  z.object({ alert_id: z.string() }),
)

/** Signs each verdict with the issuer key of whoever asks, appends it, and waits for what `respond` makes of it, as `straylight verdict` does. */
export async function sendVerdicts(ground: ConsoleGround, asker: Signing, body: VerdictsBody): Promise<VerdictAnswers> {
  const until = performance.now() + waitAllMs
  const answers: VerdictAnswer[] = []
  for (const { id, revision, command_id, passkey } of body.alerts) {
    const said = {
      ...{ alert_id: id, alert_revision: revision, answer: body.answer },
      ...(command_id === undefined ? {} : { command_id }),
      ...(passkey === undefined ? {} : { passkey }),
      ...(body.suppress_days === undefined ? {} : { suppress_days: body.suppress_days }),
    }
    answers.push(await answered(ground, asker, { said, reason: body.reason, until }))
  }
  return { answers }
}

/** The same for a command that is to be taken back. */
export async function giveRestore(ground: ConsoleGround, asker: Signing, body: RestoreBody): Promise<VerdictAnswers> {
  const [sent] = await ground.ask(commandById, { id: body.command_id, tenant: tenantFor(asker, undefined) })
  if (sent === undefined) throw new ConsoleProblem('not_found', `No command ${body.command_id} was sent.`)
  const { alert } = await alertOf(ground, asker, sent.alert_id)
  const said = {
    alert_id: alert.id,
    alert_revision: alert.revision,
    command_id: body.command_id,
    answer: 'restore',
  } as const
  const until = performance.now() + waitAllMs
  return { answers: [await answered(ground, asker, { said, reason: body.reason, until })] }
}

type Said = Pick<Verdict, 'alert_id' | 'answer'> &
  Partial<Pick<Verdict, 'alert_revision' | 'command_id' | 'suppress_days' | 'passkey'>>

/** One that fails, such as an alert of another tenant, is an answer: the others are given all the same. */
async function answered(
  ground: ConsoleGround,
  asker: Signing,
  given: { said: Said; reason: string; until: number },
): Promise<VerdictAnswer> {
  try {
    return await answer(ground, asker, given)
  } catch (error) {
    if (!(error instanceof ConsoleProblem)) throw error
    return notSaid(given.said, error.code, error.message)
  }
}

async function answer(
  ground: ConsoleGround,
  { signing, ...asker }: Signing,
  { said, reason, until }: { said: Said; reason: string; until: number },
): Promise<VerdictAnswer> {
  const { alert } = await alertOf(ground, asker, said.alert_id)
  const { signer, role } = signerFor(signing, said.answer)
  const names = { tenant: alert.tenant, issuer: signing.issuer, role, reason }
  const verdict: Verdict = { id: `vdt_${randomUUID()}`, ...said, ...names, time: ground.now() }
  const token = await signVerdict(verdict, signer)
  const check = await verifyVerdict(token, ground.policy.issuers)
  if ('refused' in check) return notSaid(said, check.refused, `The policy would refuse it: ${check.detail}.`)
  const held = alert.command?.id === verdict.command_id ? alert.command : undefined
  const unproven = held === undefined ? null : await passkeyFault(verdict, held, ground.policy)
  if (unproven !== null) return notSaid(said, 'no_passkey', unproven)
  const outcome = await appendAndAwait(
    ground.log,
    { alert: alert.id, token },
    Math.max(0, Math.min(waitMs, until - performance.now())),
  )
  const about = { alert_id: alert.id, verdict_id: verdict.id }
  if (outcome === undefined) {
    const message = 'Nobody has answered yet: the verdict stands in the log, and counts if respond takes it in time.'
    return { ...about, accepted: null, code: 'no_answer', message, command_id: null, command_state: null }
  }
  const { accepted, code, message, command_id = null, command_state = null } = outcome
  return { ...about, accepted, code, message, command_id, command_state }
}

function signerFor({ signer, roles, missing, issuer }: UserSigning, answer: Answer) {
  const role = roles.get(answer)
  if (signer !== null && role !== undefined) return { signer, role }
  throw new ConsoleProblem('not_allowed', missing ?? `Neither your role nor the issuer "${issuer}" may say ${answer}.`)
}

const notSaid = ({ alert_id }: Said, code: string, message: string): VerdictAnswer => ({
  ...{ alert_id, verdict_id: null, accepted: false, code, message, command_id: null, command_state: null },
})
