import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian's package `chromium` puts it; another one by CHROMIUM. */
const path = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why tests in a browser are skipped here; undefined: there is one. CI fails where a test is skipped. */
export const noBrowser: string | undefined = existsSync(path)
  ? undefined
  : `no browser at ${path}: install chromium, or name one with CHROMIUM`

/** A browser that talks to nobody but the page under test, with a fresh profile. */
export function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...flags,
    ],
  })
}
