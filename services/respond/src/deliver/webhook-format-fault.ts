import type { Policy } from '@straylight/schemas/policy'
import { productNames, type ReceiverOfUrl, receiverOfUrl } from './format/product-of-url.ts'
import { webhookUrl } from './webhook-url.ts'

/**
 * What is odd about a webhook's address and the form of its messages, and the line of the policy that mends it: a product refuses what is not
 * in its own form. Null: nothing is, or the address can't be read, which others say.
 */
export async function webhookFormatFault(
  webhook: Policy['webhooks'][number],
): Promise<{ found: string; mend: string } | null> {
  const url = await webhookUrl(webhook).catch(() => null)
  const receiver = url === null ? null : receiverOfUrl(url)
  const { name, format } = webhook
  // Whoever says `straylight` means it: what stands at such an address may be a receiver of theirs.
  if (receiver === null || format === 'straylight' || (format !== undefined && receiver.format === format)) return null
  const given = format === undefined ? "Straylight's own signed form" : `the form of ${productNames[format]}`
  const found = `webhook ${name}: its address is that of ${receiver.called}, which refuses messages in ${given}`
  return { found, mend: mendOf(receiver, webhook) }
}

const tokens: Partial<Record<NonNullable<ReceiverOfUrl['format']>, string>> = {
  pagerduty: ", and token_file with the integration's routing key",
  splunk_hec: ", and token_file with the collector's token",
}

function mendOf({ format: taken, advice }: ReceiverOfUrl, { name, format }: Policy['webhooks'][number]): string {
  const own = format === undefined ? '. If a receiver of your own stands there:  format: straylight' : ''
  if (taken === null) return `${advice ?? 'Send to another address'}${own}`
  return `Add to webhook ${name}:  format: ${taken}${tokens[taken] ?? ''}${own}`
}
