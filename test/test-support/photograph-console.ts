import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startBrowser } from './browser.ts'
import { fixtureToken, startConsoleFixture } from './console-fixture.ts'
import { consolePages } from './console-pages.ts'

/** Photographs every page at three widths, light and dark, for a person's eye: `photograph-console.ts FOLDER [PART OF A NAME]`. */
async function photographConsole(folder: string, wanted: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const fixture = await startConsoleFixture()
  const browser = await startBrowser()
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [320, 1280, 2560]) {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width, height: 900 },
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      page.on('console', (message) => process.stdout.write(`${message.type()}: ${message.text()}\n`))
      page.on('pageerror', (error) => process.stdout.write(`${error.stack ?? error.message}\n`))
      await page.goto(`${fixture.address}/sign-in#${fixtureToken}`)
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
      for (const { name, address, heading } of consolePages.filter((one) => one.name.includes(wanted))) {
        await page.goto(fixture.address + address)
        await page.getByRole('heading', { level: 1, name: heading }).waitFor()
        const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        if (Number(wide) > 0) process.stdout.write(`${name} at ${width} px is ${String(wide)} px too wide\n`)
        await page.waitForTimeout(150)
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true })
      }
      await context.close()
    }
  await browser.close()
  await fixture.close()
}

await photographConsole(process.argv[2] ?? 'console-pictures', process.argv[3] ?? '')
