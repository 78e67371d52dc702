import type { Policy } from '@straylight/schemas/policy'
import { stringify } from 'yaml'

/** What a policy decides, as YAML: without webhooks and issuers, which hold addresses, keys and secrets and decide nothing. */
export function policyText({ webhooks: _webhooks, issuers: _issuers, ...decides }: Policy): string {
  return stringify(decides)
}
