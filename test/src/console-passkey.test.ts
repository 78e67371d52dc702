import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildClient } from '@straylight/console-client/build/build-client'
import { commandInToken } from '@straylight/respond/command/sent-commands'
import { passkeyFault } from '@straylight/respond/verdict/passkey-fault'
import { claimsOf } from '@straylight/respond/verdict/verdict-token'
import { dayMs } from '@straylight/schemas/duration'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { parse } from 'yaml'
import { z } from 'zod'
import { noBrowser, startBrowser } from '../test-support/browser.ts'
import { type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { revokingPolicy } from '../test-support/embedded-run.ts'
import { freePort } from '../test-support/free-port.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// Promise 14, from the button to the log: an approval that a passkey signed, in a real browser with a virtual authenticator.

const Listed = z.object({
  issuers: z.tuple([
    z.object({ passkeys: z.tuple([z.object({ id: z.string(), public_key: z.string() })]), name: z.literal('app') }),
  ]),
})
type Passkey = z.infer<typeof Listed>['issuers'][0]['passkeys'][0]

let port: number
let folder: string
let browser: Browser
let context: BrowserContext
before(async () => {
  if (noBrowser !== undefined) return
  port = await freePort()
  folder = await mkdtemp(join(tmpdir(), 'straylight-client-'))
  for (const { path, contents } of (await buildClient(fileURLToPath(new URL('../..', import.meta.url)))).files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), contents)
  }
  browser = await startBrowser()
  context = await browser.newContext()
})
after(async () => {
  await browser?.close()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const tiers = { medium: { low: 'approve', medium: 'approve', high: 'approve', critical: 'approve' } }
const policyOf = () => ({
  ...revokingPolicy,
  budget: { session_alert_rate: 0.01 },
  tiers,
  approval: { passkey: 'required', passkey_origins: [`http://localhost:${port}`] },
})

/** A deployment in which a command of bot-0 waits for a person. */
async function waitingCommand(passkeys: Passkey[]): Promise<ConsoleRun> {
  const up = await openConsoleRun({
    policy: policyOf(),
    registry: { version: 1, agents: [{ agent: 'bot-0', credentials: { ids: ['tok-1'] } }] },
    issuers: [{ name: 'app', roles: ['approver'], passkeys }],
    settings: { STRAYLIGHT_CONSOLE_PORT: String(port) },
    clientFolder: folder,
  })
  const now = Date.now()
  const agents = ['bot-0', 'bot-1', 'bot-2', 'bot-3']
  await up.run.baseline().importHistory(historyOf(officeWork({ agents, from: now - 20 * dayMs, days: 19 })))
  await up.run.drain()
  const deed = { system: 'vault', action: 'secrets.read', privilege: 'admin', destinations: ['evil.example'] }
  await up.run.log.append([
    nativeRecord({ id: 'e1', agent: 'bot-0', session: 's1', time: now, ...deed, credential: { id: 'tok-1' } }),
  ])
  await up.run.drain()
  await up.addUser({ name: 'app', role: 'approver' })
  return up
}

async function approvals(page: Page): Promise<void> {
  await page.goto(`http://localhost:${port}/approvals`)
  await page.getByLabel('Name').fill('app')
  await page.getByLabel('Password').fill('correct horse battery staple')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor()
}

test('a passkey is made, listed by the policy, and approves the command that is shown', {
  skip: noBrowser,
}, async () => {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const authenticator = await context.newCDPSession(page)
  await authenticator.send('WebAuthn.enable')
  await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  const without = await waitingCommand([])
  await approvals(page)
  await page.getByText('make one on the page of approvals').waitFor()
  assert.equal(await page.getByRole('button', { name: /^Approve/ }).isDisabled(), true)
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  const lines = await page.locator('pre').textContent()
  await without.close()

  const [{ passkeys }] = Listed.parse(parse(lines ?? '')).issuers
  const up = await waitingCommand(passkeys)
  await approvals(page)
  await page.getByRole('button', { name: /^Approve/ }).click()
  await page.getByLabel('Reason').fill('asked the owner')
  await page.getByRole('button', { name: 'Approve with your passkey' }).click()
  const answered = page.getByText(/cmd_[0-9a-f]+ was sent/).waitFor()
  const ended = { yes: false }
  const end = (): void => {
    ended.yes = true
  }
  answered.then(end, end)
  while (!ended.yes) {
    await up.run.drain()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await answered

  // From the log and the policy alone: who approved, and what.
  const place = { topic: topics.verdicts.name, partition: 0 }
  const said = []
  for await (const { value } of up.run.log.read(place, 0, await up.run.log.endOffset(place)))
    said.push(value.toString())
  const claims = claimsOf(said[0] ?? '')
  const sent = { topic: topics.revocations.name, partition: 0 }
  const commands = []
  for await (const { value } of up.run.log.read(sent, 0, await up.run.log.endOffset(sent)))
    commands.push(commandInToken(value.toString()))
  const [command] = commands
  assert.ok('verdict' in claims && command)
  const issuer = { name: 'app', public_key: 'x'.repeat(43), roles: ['approver'], passkeys }
  assert.equal(await passkeyFault(claims.verdict, command, Policy.parse({ ...policyOf(), issuers: [issuer] })), null)
  await up.close()
})
