import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digests, OwnerDigest } from '@straylight/console/contract/digests'
import { digestLines } from '@straylight/console/words/digest-lines'
import { readWebhookSecret } from '@straylight/respond/command/signing-keys'
import { isRouteOfOwner } from '@straylight/respond/deliver/plan-deliveries'
import { renderDigest } from '@straylight/respond/deliver/render-webhook'
import { createWebhookDelivery } from '@straylight/respond/deliver/webhook-delivery'
import { dayMs } from '@straylight/schemas/duration'
import type { Policy } from '@straylight/schemas/policy'

/** What became of one owner's digest at one webhook. */
export interface SentDigest {
  readonly tenant: string
  readonly owner: string
  readonly webhook: string
  readonly result: 'sent' | 'sent_before' | 'failed'
  readonly error?: string
}

/** Days whose marks are kept. */
const daysKept = 40

/**
 * Sends each owner's digest to the webhooks whose list of owners names him, in their own form. A mark on disk is set before it goes out, so no
 * two processes send one, and none goes out twice; it is taken back where the receiver did not take it. A process that dies
 * between the two leaves the mark: then that one is not sent.
 */
export async function sendDigests(
  { day, owners }: Digests,
  { data, webhooks, now }: { data: string; webhooks: Policy['webhooks']; now: number },
): Promise<SentDigest[]> {
  const folder = join(data, 'digests')
  await mkdir(join(folder, day), { recursive: true, mode: 0o700 })
  await dropOldMarks(folder, now)
  const secretOf = (name: string) => readWebhookSecret(join(data, 'keys'), name)
  const deliver = createWebhookDelivery({ secretOf, now: Date.now })
  const sent: SentDigest[] = []
  for (const digest of owners) {
    for (const webhook of webhooks.filter((one) => isRouteOfOwner(one, digest))) {
      const body = bodyOf(digest, day, webhook, now)
      if (body === undefined) continue
      const of = { tenant: digest.tenant, owner: digest.owner, webhook: webhook.name }
      const id = createHash('sha256')
        .update(JSON.stringify([day, of.tenant, of.owner, of.webhook]))
        .digest('hex')
        .slice(0, 32)
      const mark = join(folder, day, id)
      if (!(await marked(mark))) {
        sent.push({ ...of, result: 'sent_before' })
        continue
      }
      const delivery = {
        ...{ webhook: webhook.name, message_id: `msg_${id}`, event: 'agent.digest.daily' as const, body },
        ...(webhook.format === undefined ? {} : { format: webhook.format }),
        ...{ attempts: 0, state: 'due' as const, next_attempt_at: now },
      }
      const { result, error } = await deliver({ delivery, webhook, signal: new AbortController().signal })
      if (result !== 'delivered') await rm(mark, { force: true })
      sent.push(
        result === 'delivered' ? { ...of, result: 'sent' } : { ...of, result: 'failed', error: error ?? result },
      )
    }
  }
  return sent
}

function bodyOf(
  digest: OwnerDigest,
  day: string,
  { format }: Policy['webhooks'][number],
  at: number,
): string | undefined {
  const { tenant, owner, agents, heard } = digest
  const words = digestLines(digest, day)
  return renderDigest(format, { ...words, data: { day, tenant, owner, agents, heard }, at })
}

/** Whether the mark is this process's own. Throws where the folder takes none. */
async function marked(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx', mode: 0o600, flush: true })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function dropOldMarks(folder: string, now: number): Promise<void> {
  const oldest = new Date(now - daysKept * dayMs).toISOString().slice(0, 10)
  for (const day of await readdir(folder))
    if (day < oldest) await rm(join(folder, day), { recursive: true, force: true })
}
