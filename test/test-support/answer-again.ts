import { join } from 'node:path'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { createRespond } from '@straylight/respond/create-respond'
import type { Log } from '@straylight/runtime/log/log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { createApprover } from './create-approver.ts'
import { recordsOfTopic } from './embedded-run.ts'

/**
 * The commands, signed, of one respond that nobody disturbs, over the findings in a log. It delivers nothing. `approvedAt`:
 * the commands that a person approved, and when; the same is approved again, at the same times.
 */
export async function answerAgain(from: {
  log: Log
  folder: string
  policy: Policy
  approvedAt: ReadonlyMap<string, number>
}): Promise<string[]> {
  const { log, folder, approvedAt } = from
  const approver = await createApprover()
  const policy = { ...from.policy, issuers: Policy.parse({ issuers: [approver.issuer] }).issuers }
  const keys = await openKeys(join(folder, 'keys-of-answer-again'))
  const issuer = '/straylight/default'
  const respond = createRespond({ log, policy, keys, issuer, now: Date.now, deliver: null, health: () => null })
  const runner = await openStageRunner(respond, log)
  const through = async () => {
    for (let quiet = 0; quiet < 2; ) quiet = (await runner.step()) === 0 ? quiet + 1 : 0
  }
  await through()
  await approver.answerHeld(log, (command) => approvedAt.get(command) ?? Date.now())
  await through()
  await runner.close()
  return recordsOfTopic(log, topics.revocations.name)
}
