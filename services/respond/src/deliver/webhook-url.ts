import { readFile } from 'node:fs/promises'
import { errorText } from '@straylight/schemas/error-text'
import type { Policy } from '@straylight/schemas/policy'
import { shownUrl } from './shown-url.ts'

/** Longest URL that a file may hold. */
const urlBytesMax = 8_192

/** Where a webhook's messages go: what the policy says, or what the file that it names holds at this moment. */
export async function webhookUrl(webhook: Policy['webhooks'][number]): Promise<URL> {
  const { name, url, url_file: file, allow_private } = webhook
  const text = url ?? (await textOf(file, name))
  const where = url === undefined ? `webhook ${name}: ${file}` : `webhook ${name}`
  if (!URL.canParse(text))
    throw new Error(`${where} does not hold a web address, such as https://soc.acme.example/hook`)
  const read = new URL(text)
  if (read.protocol === 'https:' || (read.protocol === 'http:' && allow_private)) return read
  throw new Error(
    `${where} must be an https address; http is for a receiver inside the same network, with allow_private: true`,
  )
}

/** Where a webhook's messages go, as people may see it; says what is wrong instead of throwing. */
export async function shownWebhook(webhook: Policy['webhooks'][number]): Promise<{ shown: string; fault?: string }> {
  const from = webhook.url_file === undefined ? '' : ` from ${webhook.url_file}`
  try {
    return { shown: `${shownUrl(webhook.url ?? (await webhookUrl(webhook)).href)}${from}` }
  } catch (error) {
    const fault = errorText(error)
    return { shown: `unknown${from}`, fault }
  }
}

async function textOf(file: string | undefined, name: string): Promise<string> {
  if (file === undefined) throw new Error(`webhook ${name} has neither url nor url_file`)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
    throw new Error(`webhook ${name}: its url_file ${file} cannot be read (${why})`, { cause: error })
  })
  if (text.length > urlBytesMax) throw new Error(`webhook ${name}: ${file} is longer than an address can be`)
  return text.trim()
}
