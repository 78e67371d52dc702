import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../test-support/browser.ts'
import { builtProgram } from '../test-support/built-program.ts'

// The built program with the demo's company in it, as `npm start -- --keep` opens it, looked at in a real browser.

const linkForm = /^http:\/\/127\.0\.0\.1:\d+\/sign-in#\S{20,}$/

describe('the console of a real deployment', { skip: noBrowser }, () => {
  let folder: string
  let program: ChildProcess
  let link = ''
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'straylight-console-browser-'))
    const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
    program = spawn(builtProgram, ['simulate', '--keep', '--seed', '7'], {
      env: { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: join(folder, 'straylight') },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    assert.ok(program.stdout)
    for await (const line of createInterface({ input: program.stdout })) {
      if (!linkForm.test(line)) continue
      link = line
      break
    }
    assert.match(link, linkForm, 'the demo ended without an address')
    program.stdout.resume()
    browser = await startBrowser()
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    page = await context.newPage()
    page.setDefaultTimeout(20_000)
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  after(async () => {
    await browser?.close()
    if (program !== undefined && program.exitCode === null) {
      program.kill('SIGTERM')
      await once(program, 'exit')
    }
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name })
  const origin = () => new URL(link).origin

  test('the link signs in once, and leaves no token in the address', async () => {
    await page.goto(link)
    await heading('Overview').waitFor()
    assert.equal(page.url(), `${origin()}/`)
    const stranger = await browser.newContext()
    const second = await stranger.newPage()
    await second.goto(link)
    await second.getByRole('alert').waitFor()
    await second.goto(`${origin()}/alerts`)
    await second.getByText('Open the link').or(second.getByText('Or open')).waitFor()
    await stranger.close()
  })

  test('an alert is found and called true by keyboard alone', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await heading('Alerts').waitFor()
    // What waits for an approval stays open when it is called true.
    await page.goto(`${origin()}/alerts?search=state:open`)
    await page.locator('a.sentence').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What do you say?' }).waitFor()
    await page.keyboard.press('v')
    await page.keyboard.press('t')
    await page.getByRole('dialog').getByLabel('Reason').waitFor()
    await page.keyboard.type('confirmed with the owner')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').locator('.note.good').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('called true by').waitFor()
    await page.getByText(/^Closed/).waitFor()
  })

  test('a revocation is taken back: the broker restores, and the page says so', async () => {
    await page.goto(`${origin()}/alerts?search=command:applied`)
    await page.locator('a.sentence').first().click()
    await page.getByRole('button', { name: /^Undo/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Take this command back?' })
    await dialog.getByLabel('Reason').fill('wrong agent')
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await dialog.locator('.note').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByText('restored', { exact: true }).first().waitFor()
  })

  test('an event that did not alert says why not', async () => {
    await page.goto(`${origin()}/alerts?state=all`)
    await page.locator('a.sentence').first().waitFor()
    const alerts = await page
      .locator('a.sentence')
      .evaluateAll((links) => links.map((one) => String(one.getAttribute('href'))))
    const unreported = page.locator('tr', { has: page.locator('td[data-name=Reported]', { hasText: /^no$/ }) })
    for (const address of alerts) {
      await page.goto(origin() + address)
      await page.getByRole('link', { name: 'The whole session' }).click()
      await heading(/^Session/).waitFor()
      await page.getByRole('heading', { name: 'What it did' }).waitFor()
      if ((await unreported.count()) > 0) break
    }
    await unreported.first().getByRole('link').click()
    await page.getByText('It does not alert.', { exact: true }).waitFor()
    await page.getByRole('heading', { name: 'What the score is made of' }).waitFor()
  })

  test('every page has its answer, and the browser complained of nothing', async () => {
    for (const [address, name] of [
      ['approvals', 'Approvals'],
      ['suppressions', 'Suppressions'],
      ['rejections', 'Rejections'],
      ['registry-gaps', 'Registry gaps'],
      ['policy', 'Policy'],
      ['health', 'Health'],
    ]) {
      await page.goto(`${origin()}/${address}`)
      await heading(name ?? '').waitFor()
      await page.locator('.block, .note').first().waitFor()
      assert.equal(await page.locator('.note.grave[role=alert]').count(), 0, name)
    }
    assert.deepEqual(complaints, [])
  })
})
