import { join } from 'node:path'
import { readWebhookSecret } from '@straylight/respond/command/signing-keys'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { testMessages } from '@straylight/respond/deliver/test-message'
import { createWebhookDelivery } from '@straylight/respond/deliver/webhook-delivery'
import { webhookFormatFault } from '@straylight/respond/deliver/webhook-format-fault'
import { shownWebhook } from '@straylight/respond/deliver/webhook-url'
import { readSettings } from '@straylight/runtime/settings/config'
import { settingParts } from '@straylight/runtime/settings/setting-parts'
import { type CommandOutput, WrongUsage } from '../commands/command.ts'

/**
 * `straylight doctor --send-test NAME`: one test alert, by the way that alerts go. Exit code 0: taken; 1: answered with a refusal; 2: no
 * such webhook, or no answer.
 */
export async function sendTest(output: CommandOutput, name: string): Promise<number> {
  const { STRAYLIGHT_POLICY: path } = readSettings(settingParts.pipeline)
  const { STRAYLIGHT_DATA: data } = readSettings(settingParts.folder)
  const { webhooks } = await readPolicy(path)
  const webhook = webhooks.find((one) => one.name === name)
  if (webhook === undefined) {
    const known = webhooks.map((one) => one.name).join(', ') || 'none'
    throw new WrongUsage(`The policy has no webhook ${JSON.stringify(name)}. It has: ${known}.`)
  }
  const secretOf = (webhookName: string) => readWebhookSecret(join(data, 'keys'), webhookName)
  const deliver = createWebhookDelivery({ secretOf, now: Date.now })
  const { signal } = new AbortController()
  const { shown } = await shownWebhook(webhook)
  for (const delivery of testMessages(webhook, Date.now())) {
    const { result, status, error, said } = await deliver({ delivery, webhook, signal })
    if (result === 'delivered') {
      output.say(
        `Webhook ${name} took the test (${shown}): it answered ${status}${said === undefined ? '' : `, ${said}`}.`,
      )
      continue
    }
    output.say(`Webhook ${name} did not take the test (${shown}): ${error}.`)
    const fault = await webhookFormatFault(webhook)
    if (fault !== null) output.say(`mend: ${fault.mend}`)
    output.result({ webhook: name, taken: false, status: status ?? null, error, mend: fault?.mend ?? null })
    return status === undefined ? 2 : 1
  }
  output.result({ webhook: name, taken: true })
  return 0
}
