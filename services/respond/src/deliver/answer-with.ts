import type { Alert } from '@straylight/schemas/alert'

/**
 * The command a person types next: a word on a revocation names the very one that is reported here. It goes into a shell, so nothing
 * stands in it but ids of our own making: no name of an agent or a tenant.
 */
export function answerWith(alert: Alert): string[] {
  const say = (answer: string): string => `straylight verdict ${alert.id} ${answer} --reason "…"`
  const decide = (answer: string): string =>
    `straylight verdict ${alert.id} ${answer} --command ${alert.command?.id} --reason "…"`
  if (alert.state === 'awaiting_approval') return [decide('approve'), decide('reject')]
  if (alert.command_state === 'approved') return [decide('reject')]
  return alert.state === 'open' ? [say('true'), say('false')] : []
}
