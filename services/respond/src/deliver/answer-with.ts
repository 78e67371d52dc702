import type { Alert } from '@straylight/schemas/alert'

/**
 * The command a person types next: it names the revision that is reported here, and a word on a revocation the very command. It goes into a shell, so nothing
 * stands in it but ids of our own making: no name of an agent or a tenant.
 */
export function answerWith(alert: Alert): string[] {
  const say = (answer: string): string =>
    `straylight verdict ${alert.id} ${answer} --revision ${alert.revision} --reason "…"`
  const decide = (answer: string): string =>
    `straylight verdict ${alert.id} ${answer} --revision ${alert.revision} --command ${alert.command?.id} --reason "…"`
  if (alert.state === 'awaiting_approval') return [decide('approve'), decide('reject')]
  if (alert.command_state === 'approved') return [decide('reject')]
  if (alert.state !== 'open') return []
  return [say('true'), say('false'), ...(alert.command_state === 'expired' ? [say('ask')] : [])]
}
