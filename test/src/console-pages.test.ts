import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { z } from 'zod'
import { noBrowser, startBrowser } from '../test-support/browser.ts'
import { disguisedName } from '../test-support/console-company.ts'
import { type ConsoleFixture, fixtureToken, startConsoleFixture } from '../test-support/console-fixture.ts'
import { consolePages } from '../test-support/console-pages.ts'
import { until } from '../test-support/program.ts'

// The pages of the console in a real browser, under the strict content security policy, before a stand-in of the server whose
// answers are checked against the contract.

const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const Violations = z.array(z.object({ id: z.string(), help: z.string(), nodes: z.array(z.string()) }))

describe('the pages of the console', { skip: noBrowser }, () => {
  let fixture: ConsoleFixture
  let browser: Browser
  before(async () => {
    fixture = await startConsoleFixture()
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await fixture?.close()
  })

  /** A fresh profile that is signed in; what the browser complains of is kept. */
  async function signedIn(options: Parameters<Browser['newContext']>[0] = {}): Promise<{
    page: Page
    complaints: string[]
    context: BrowserContext
  }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(fixture.address)) complaints.push(`asks ${request.url()}`)
    })
    await page.goto(`${fixture.address}/sign-in#${fixtureToken}`)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    return { page, complaints, context }
  }

  const open = async (page: Page, { address, heading }: (typeof consolePages)[number]) => {
    await page.goto(fixture.address + address)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  }

  async function violationsOf(page: Page): Promise<z.infer<typeof Violations>> {
    await page.evaluate(axeSource)
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const found = await page.evaluate(
      `axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) => violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html.slice(0, 200)) })))`,
    )
    return Violations.parse(found)
  }

  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing on any page, ${colorScheme}, and the browser complains of nothing`, async () => {
      const { page, complaints, context } = await signedIn({ colorScheme })
      for (const one of consolePages) {
        await open(page, one)
        assert.deepEqual(await violationsOf(page), [], one.name)
      }
      await page.getByRole('button', { name: 'Keys' }).click()
      assert.deepEqual(await violationsOf(page), [], 'the dialog of the keys')
      assert.deepEqual(complaints, [])
      await context.close()
      const stranger = await browser.newContext({ colorScheme })
      const way = await stranger.newPage()
      await fetch(`${fixture.address}/api/sign-in`, { method: 'DELETE', headers: { 'x-straylight-console': '1' } })
      await way.goto(`${fixture.address}/alerts`)
      await way.getByRole('button', { name: 'Sign in' }).waitFor()
      assert.deepEqual(await violationsOf(way), [], 'sign in')
      await stranger.close()
    })

  test('no page is wider than the screen, from a small telephone to 4K', async () => {
    const { page, context } = await signedIn()
    for (const width of [320, 768, 1280, 3840]) {
      await page.setViewportSize({ width, height: 900 })
      for (const one of consolePages) {
        await open(page, one)
        const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.ok(Number(excess) <= 0, `${one.name} at ${width} px: ${String(excess)} px too wide`)
      }
    }
    await context.close()
  })

  test('on paper every page stands alone: no menu, nothing to press, whole tables, dark ink also where the screen is dark', async () => {
    const { page, context } = await signedIn({ colorScheme: 'dark', viewport: { width: 718, height: 1_000 } })
    for (const one of consolePages) {
      await open(page, one)
      await putOnPaper(page)
      const found = Paper.parse(await page.evaluate(onPaper))
      assert.deepEqual(found, { pressed: [], cut: [], ink: 'dark' }, one.name)
      await page.emulateMedia({ media: 'screen' })
    }
    await context.close()
  })

  test('what waits behind a button stands on paper: the whole table, and what was folded', async () => {
    const { page, context } = await signedIn()
    await page.goto(`${fixture.address}/agents/view?tenant=acme&agent=billing-bot-03`)
    await page.getByRole('heading', { level: 1, name: 'billing-bot-03' }).waitFor()
    const hidden = page.getByRole('button', { name: /^Show all/ })
    const before = await page.locator('tbody tr').count()
    const buttons = await hidden.count()
    await putOnPaper(page)
    assert.equal(await hidden.count(), 0)
    assert.ok(buttons > 0 && (await page.locator('tbody tr').count()) > before, `${buttons} buttons, ${before} rows`)
    await context.close()
  })

  test('every picture has its sentence, and its numbers as a table', async () => {
    const { page, context } = await signedIn()
    for (const one of consolePages) {
      await open(page, one)
      const figures = page.locator('figure')
      for (let at = 0; at < (await figures.count()); at += 1) {
        const figure = figures.nth(at)
        const sentence = (await figure.locator('figcaption').textContent()) ?? ''
        assert.match(sentence, /\S.{10,}\.$/, one.name)
        if (!(await figure.isVisible())) continue
        await figure.getByText('Show as a table').click()
        assert.ok((await figure.locator('tbody tr').count()) > 0, `${one.name}: ${sentence}`)
      }
    }
    await context.close()
  })

  test('an alert is found, read, answered and taken back by keyboard alone', async () => {
    const { page, complaints, context } = await signedIn()
    const keys = page.keyboard
    await keys.press('g')
    await keys.press('l')
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor()
    await page.getByRole('link', { name: /sent what it read/ }).waitFor()
    await keys.press('j')
    await keys.press('j')
    await keys.press('j')
    await keys.press('k')
    await keys.press('k')
    assert.match(await focusedText(page), /sent what it read/)
    await keys.press('Enter')
    await page.getByRole('heading', { level: 1, name: /sent what it read/ }).waitFor()
    await page.getByText('Answer in').waitFor()
    await keys.press('v')
    await keys.press('a')
    await page.getByRole('dialog', { name: 'Approve the command?' }).waitFor()
    await page.getByRole('dialog').getByText('The command goes to the broker at once').waitFor()
    await keys.type('confirmed with the owner')
    await keys.press('Tab')
    await keys.press('Enter')
    await page.getByRole('dialog').getByText('Approved: the broker revoked').waitFor()
    await keys.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await keys.press('v')
    await keys.press('u')
    await page.getByRole('dialog', { name: 'Take this command back?' }).waitFor()
    await keys.type('wrong agent')
    await keys.press('Tab')
    await keys.press('Enter')
    await page.getByText('Taken back: the broker restored').waitFor()
    await keys.press('Escape')
    await keys.press('u')
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('several alerts are answered at once, and what it does is said before', async () => {
    const { page, context } = await signedIn()
    await page.goto(`${fixture.address}/alerts`)
    await page.getByRole('checkbox', { name: /billing-bot-02 worked/ }).check()
    await page.getByRole('checkbox', { name: /billing-bot-04 worked/ }).check()
    await page.getByText('2 alerts chosen').waitFor()
    await page.getByRole('button', { name: 'Call them false' }).click()
    const dialog = page.getByRole('dialog', { name: 'Answer 2 alerts at once?' })
    await dialog.getByText('billing-bot-02, billing-bot-04').waitFor()
    await dialog.getByLabel('Reason').fill('the announced night run')
    await dialog.getByRole('button', { name: 'Call it false' }).click()
    await dialog.getByText('Noted').first().waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('link', { name: /billing-bot-02 worked/ }).waitFor({ state: 'detached' })
    await context.close()
  })

  test('new alerts come by themselves, wait while it is paused, and never move the focus', async () => {
    const { page, context } = await signedIn()
    await page.goto(`${fixture.address}/alerts`)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused').waitFor()
    fixture.announce()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    const before = await focusedText(page)
    fixture.announce()
    await page.getByRole('link', { name: /research-4 deleted/ }).waitFor()
    assert.equal(await focusedText(page), before)
    await context.close()
  })

  test('a proposed policy is replayed by keyboard alone; its faults are said by line', async () => {
    const { page, complaints, context } = await signedIn()
    const keys = page.keyboard
    await keys.press('g')
    await keys.press('y')
    const proposed = page.getByRole('textbox', { name: 'Proposed policy' })
    await proposed.waitFor()
    await proposed.focus()
    await keys.press('Control+End')
    await keys.type('  fault: 1')
    await keys.press('Tab')
    await keys.press('Tab')
    await keys.press('Enter')
    await page.getByRole('alert').getByText('Line 3: tiers.low.fault').waitFor()
    assert.equal(await proposed.getAttribute('aria-invalid'), 'true')
    assert.deepEqual(await violationsOf(page), [], 'faults')
    await keys.press('Tab')
    await keys.press('Enter')
    assert.doesNotMatch(await proposed.inputValue(), /fault/)
    await keys.press('Shift+Tab')
    await keys.press('Enter')
    await page.getByRole('status').getByText('1 alert appears, 1 alert vanishes').waitFor()
    await page.getByRole('heading', { level: 3, name: 'Alerts that vanish (1)' }).waitFor()
    assert.deepEqual(await violationsOf(page), [], 'a trial')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('the scorer is asked by keyboard what would alert of an agent, and says it in a sentence and tables', async () => {
    const { page, complaints, context } = await signedIn()
    await page.goto(`${fixture.address}/agents/view?tenant=acme&agent=billing-bot-03`)
    const button = page.getByRole('button', { name: 'Ask the scorer' })
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByText('billing-bot-03 would alert now if it uses a system').waitFor()
    const table = page.getByRole('table', { name: 'It alerts if the agent …' })
    await table.getByRole('row', { name: /sends 4.2 MB or more in one call/ }).waitFor()
    assert.equal(await page.getByRole('table', { name: /alone does not alert/ }).count(), 1)
    assert.deepEqual(await violationsOf(page), [])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('the keys are listed, rest while one types, and can be switched off for good', async () => {
    const { page, context } = await signedIn()
    await page.goto(`${fixture.address}/alerts`)
    await page.getByRole('searchbox').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('g a? j')
    assert.equal(await page.getByRole('searchbox').inputValue(), 'g a? j')
    await page.keyboard.press('Tab')
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    await dialog.getByRole('row', { name: /Next alert/ }).waitFor()
    await dialog.getByRole('checkbox').uncheck()
    await page.keyboard.press('Escape')
    await page.reload()
    await page.getByRole('searchbox').waitFor()
    await page.keyboard.press('?')
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    assert.equal(await page.getByRole('dialog').count(), 0)
    assert.match(page.url(), /\/alerts$/)
    await context.close()
  })

  test('a view is saved in this browser under a name, and its address can be shared', async () => {
    const { page, context } = await signedIn()
    await page.goto(`${fixture.address}/alerts`)
    await page.getByRole('combobox', { name: 'Severity', exact: true }).selectOption('critical')
    await page.waitForURL(/severity_min=critical/)
    await page.getByText('Save this view').click()
    await page.getByLabel('Name').fill('Only the worst')
    await page.getByRole('button', { name: 'Save in this browser' }).click()
    await page.goto(`${fixture.address}/alerts`)
    await page.getByRole('link', { name: 'Only the worst' }).click()
    await page.waitForURL(/severity_min=critical/)
    await context.close()
  })

  test('promise 17: a name that looks like another is shown as what it is, and its link leads to it', async () => {
    const { page, context } = await signedIn()
    await page.goto(`${fixture.address}/agents`)
    const link = page.getByRole('link', { name: 'b\\u{456}lling-bot-0\\u{202E}31', exact: true })
    await link.waitFor()
    const address = new URL((await link.getAttribute('href')) ?? '', fixture.address)
    assert.equal(address.searchParams.get('agent'), disguisedName)
    await page.goto(address.href)
    // Asked from outside: a function that waits inside the page is a script that the page's own policy refuses.
    await until('the name stands in the title', async () => (await page.title()).includes('\\u{202E}'))
    assert.doesNotMatch(String(await page.evaluate('document.body.innerText + document.title')), /[\u0456\u202e]/)
    await context.close()
  })

  test('the token of the one-time link leaves the address and the history at once', async () => {
    const { page, context } = await signedIn()
    assert.doesNotMatch(page.url(), /#|token/)
    await page.goBack().catch(() => null)
    assert.doesNotMatch(page.url(), new RegExp(fixtureToken))
    await context.close()
  })
})

const focusedText = async (page: Page): Promise<string> =>
  String(await page.evaluate('document.activeElement?.textContent ?? ""'))

/** As a browser does it: the page hears of it, and is then laid out anew. */
async function putOnPaper(page: Page): Promise<void> {
  await page.emulateMedia({ media: 'print' })
  await page.evaluate("dispatchEvent(new Event('beforeprint'))")
  await page.getByText('printed by ada').waitFor()
}

const Paper = z.object({ pressed: z.array(z.string()), cut: z.array(z.string()), ink: z.string() })

/** What paper would show that it should not: things to press, tables and pictures that it cuts, light ink. */
const onPaper = `(() => {
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0
  const things = [...document.querySelectorAll('button, input, select, textarea, nav, summary.menu, .side')]
  const cut = [...document.querySelectorAll('table, figure, svg, canvas, pre, .queue')].filter(seen).filter((element) => {
    if (element.closest('.unseen') !== null) return false
    const { left, right } = element.getBoundingClientRect()
    if (left < -1 || right > innerWidth + 1) return true
    for (let around = element.parentElement; around !== null && around !== document.body; around = around.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(around)
      if ((overflowX !== 'visible' || overflowY !== 'visible') && around.scrollHeight > around.clientHeight + 1) return true
    }
    return false
  })
  const named = (element) => element.outerHTML.slice(0, 120)
  const paint = (colour) => { const of = document.createElement('canvas').getContext('2d'); of.fillStyle = colour; of.fillRect(0, 0, 1, 1); return of.getImageData(0, 0, 1, 1).data[0] }
  const style = getComputedStyle(document.body)
  const ink = paint(style.color) < 80 && paint(style.backgroundColor) > 240 ? 'dark' : style.color + ' on ' + style.backgroundColor
  return { pressed: things.filter(seen).map(named), cut: cut.map(named), ink }
})()`
