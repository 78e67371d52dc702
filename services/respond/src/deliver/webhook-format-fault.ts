import type { Policy } from '@straylight/schemas/policy'
import { productNames, productOfUrl } from './format/product-of-url.ts'
import { webhookUrl } from './webhook-url.ts'

/**
 * What is odd about a webhook's address and the form of its messages, and the line of the policy that mends it: a product refuses what is not
 * in its own form. Null: nothing is, or the address can't be read, which others say.
 */
export async function webhookFormatFault(
  webhook: Policy['webhooks'][number],
): Promise<{ found: string; mend: string } | null> {
  const url = await webhookUrl(webhook).catch(() => null)
  const product = url === null ? null : productOfUrl(url)
  const { name, format } = webhook
  // Whoever says `straylight` means it: what stands at such an address may be a receiver of theirs.
  if (product === null || product === format || format === 'straylight') return null
  const given = format === undefined ? "Straylight's own signed form" : `the form of ${productNames[format]}`
  const tokens: Partial<Record<typeof product, string>> = {
    pagerduty: ", and token_file with the integration's routing key",
    splunk_hec: ", and token_file with the collector's token",
  }
  return {
    found: `webhook ${name}: its address is that of ${productNames[product]}, which refuses messages in ${given}`,
    mend: `Add to webhook ${name}:  format: ${product}${tokens[product] ?? ''}${format === undefined ? '. If a receiver of your own stands there:  format: straylight' : ''}`,
  }
}
