import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildClient } from '@straylight/console-client/build/build-client'
import type { Browser, Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../test-support/browser.ts'
import { type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { freePort } from '../test-support/free-port.ts'
import { startTestProvider, type TestProvider, testClient } from '../test-support/identity-provider.ts'
import { makeTestCertificate } from '../test-support/test-certificate.ts'
import { startTlsFront, type TlsFront } from '../test-support/tls-front.ts'

// In a real browser: from the console behind a proxy with TLS to an identity provider of another site, and back.

let folder: string
let provider: TestProvider
let front: TlsFront
let up: ConsoleRun
let browser: Browser
let page: Page
let url: string
const complaints: string[] = []

before(async () => {
  if (noBrowser !== undefined) return
  folder = await mkdtemp(join(tmpdir(), 'straylight-oidc-browser-'))
  const [providerPort, outside, inside] = [await freePort(), await freePort(), await freePort()]
  url = `https://straylight.test:${outside}`
  const certificate = await makeTestCertificate(folder, ['straylight.test'])
  const rolesFile = join(folder, 'roles.yaml')
  const issuers = '[{ subject: subject-of-app, issuer: app }]'
  await writeFile(rolesFile, `version: 1\ngroups: [{ group: approvers, role: approver }]\nissuers: ${issuers}\n`)
  const clientFolder = join(folder, 'client')
  for (const { path, contents } of (await buildClient(fileURLToPath(new URL('../..', import.meta.url)))).files) {
    await mkdir(dirname(join(clientFolder, path)), { recursive: true })
    await writeFile(join(clientFolder, path), contents)
  }
  provider = await startTestProvider({ port: providerPort, consoleUrl: url })
  provider.people.set('subject-of-app', { preferred_username: 'app', groups: ['approvers'] })
  provider.people.set('subject-of-guest', { preferred_username: 'guest', groups: ['guests'] })
  front = await startTlsFront(outside, inside, certificate)
  up = await openConsoleRun({
    issuers: [{ name: 'app', roles: ['approver', 'analyst'] }],
    policy: { version: 1, approval: { passkey: 'required', passkey_origins: [url] } },
    clientFolder,
    settings: {
      STRAYLIGHT_CONSOLE_PORT: String(inside),
      STRAYLIGHT_CONSOLE_URL: url,
      STRAYLIGHT_CONSOLE_OIDC_ISSUER: provider.issuer,
      STRAYLIGHT_CONSOLE_OIDC_CLIENT_ID: testClient.id,
      STRAYLIGHT_CONSOLE_OIDC_CLIENT_SECRET: testClient.secret,
      STRAYLIGHT_CONSOLE_OIDC_ROLES: rolesFile,
    },
  })
  browser = await startBrowser([
    '--host-resolver-rules=MAP straylight.test 127.0.0.1',
    `--ignore-certificate-errors-spki-list=${certificate.spki}`,
  ])
  page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(60_000)
  // What the provider's page misses is not ours.
  page.on('console', (message) => {
    const from = message.location().url
    if (message.type() === 'error' && from.startsWith(url)) complaints.push(`${message.text()} ${from}`)
  })
})
after(async () => {
  await browser?.close()
  await up?.close()
  await front?.close()
  await provider?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

async function signInAs(who: string): Promise<void> {
  await page.getByRole('link', { name: 'Sign in at' }).click()
  await page.locator('[name=login]').fill(`subject-of-${who}`)
  await page.locator('[name=password]').fill('any')
  await page.locator('[type=submit]').click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('somebody without a role reads why, on the page of the sign-in', { skip: noBrowser }, async () => {
  await page.goto(`${url}/approvals`)
  await signInAs('guest')
  await page.getByRole('alert').getByText('no group of yours has a role here: your groups are "guests"').waitFor()
  await page.context().clearCookies()
})

test('an approver comes back to the page that they wanted, stays in, and makes a passkey for that address', {
  skip: noBrowser,
}, async () => {
  await page.goto(`${url}/approvals`)
  await signInAs('app')
  await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor()
  assert.equal(page.url(), `${url}/approvals`)
  const [session] = (await page.context().cookies(url)).filter(({ name }) => name.includes('session'))
  assert.deepEqual(
    [session?.name, session?.secure, session?.httpOnly, session?.sameSite],
    ['__Host-straylight_session', true, true, 'Strict'],
  )
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor()
  const authenticator = await page.context().newCDPSession(page)
  await authenticator.send('WebAuthn.enable')
  const { authenticatorId } = await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  const lines = await page.locator('pre').textContent()
  assert.match(lines ?? '', /name: "app"/)
  const { credentials } = await authenticator.send('WebAuthn.getCredentials', { authenticatorId })
  assert.deepEqual(
    credentials.map(({ rpId }) => rpId),
    ['straylight.test'],
  )
})

test('a sign-out ends both, so that the next one at this screen is asked who they are', {
  skip: noBrowser,
}, async () => {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await page.waitForURL(`${url}/sign-in`)
  await page.getByRole('link', { name: 'Sign in at' }).click()
  await page.locator('[name=login]').waitFor()
  assert.deepEqual(complaints, [])
})
