import { temporaryKeys } from '@straylight/respond/command/signing-keys'
import { signVerdict } from '@straylight/respond/verdict/verdict-token'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { Alert } from '@straylight/schemas/alert'
import { topics } from '@straylight/schemas/topics'

/** A person on duty who says yes to every command that waits for one. */
export interface Approver {
  /** What the policy must say of this person. */
  readonly issuer: { name: string; public_key: string; roles: string[] }
  /** Approves what is held and was not answered yet, at the time that `timeOf` says; the number of approvals. */
  answerHeld(log: Log, timeOf: (commandId: string) => number): Promise<number>
}

export async function createApprover(): Promise<Approver> {
  const { commands: signer } = await temporaryKeys()
  const place = { topic: topics.alerts.name, partition: 0 }
  const answered = new Set<string>()
  let next = 0
  const approval = async (alert: Alert, now: number): Promise<NewRecord> => {
    const verdict = {
      ...{ id: `vdt_${alert.command?.id}`, alert_id: alert.id, alert_revision: alert.revision },
      ...{ command_id: alert.command?.id, tenant: alert.tenant, answer: 'approve' as const, reason: 'seen' },
      ...{ issuer: 'on-duty', role: 'approver' as const, time: now },
    }
    const value = await signVerdict(verdict, signer)
    return { topic: topics.verdicts.name, key: alert.id, value, timestamp: now }
  }
  return {
    issuer: { name: 'on-duty', public_key: signer.publicKey.x, roles: ['approver'] },
    answerHeld: async (log, timeOf) => {
      const held = new Map<string, Alert>()
      const end = await log.endOffset(place)
      for await (const { value } of log.read(place, next, end)) {
        const alert = Alert.parse(JSON.parse(value.toString()))
        const { id = '' } = alert.command ?? {}
        if (alert.command_state === 'held' && !answered.has(id)) held.set(id, alert)
      }
      await log.append(await Promise.all([...held].map(([id, alert]) => approval(alert, timeOf(id)))))
      // After it stands: a log that fails is asked again, and an approval that came twice counts once.
      next = end
      for (const id of held.keys()) answered.add(id)
      return held.size
    },
  }
}
