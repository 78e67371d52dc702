import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { buildClient } from '@straylight/console-client/build/build-client'
import { noBrowser, startBrowser } from '@straylight/test/test-support/browser'
import type { Figure } from '../benchmark.ts'
import { quantile } from '../interleaved.ts'
import type { ServedConsole } from './served-console.ts'

const visits = 10
const paintMsMax = 1_000
const bundleBytesMax = 300_000

/** Builds what browsers load into a folder; its size as it travels. */
export async function builtClient(folder: string): Promise<Figure> {
  const { files } = await buildClient(fileURLToPath(new URL('../../..', import.meta.url)))
  let bytes = 0
  for (const { path, contents } of files) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, contents)
    bytes += gzipSync(contents).length
  }
  return { name: 'bundle_gzip', ...{ value: bytes, unit: 'bytes', better: 'lower', target: bundleBytesMax } }
}

/**
 * How soon a browser that was never here shows the first words of the overview, and its figures: Chromium, nothing cached. Without a browser
 * these figures are left out, and said so: those of the pages stand without them.
 */
export async function firstPaint({ browser, url }: ServedConsole, say: (sentence: string) => void): Promise<Figure[]> {
  if (noBrowser !== undefined) {
    say(`first_paint is left out: ${noBrowser}`)
    return []
  }
  const chromium = await startBrowser()
  const paints: number[] = []
  const whole: number[] = []
  const [name = '', value = ''] = browser.cookie.split('=')
  for (let visit = 0; visit < visits; visit++) {
    const context = await chromium.newContext({ viewport: { width: 1280, height: 900 } })
    await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }])
    const page = await context.newPage()
    const began = performance.now()
    await page.goto(url)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await page.getByText('as of').first().waitFor()
    whole.push(performance.now() - began)
    paints.push(Number(await page.evaluate(paintedAt)))
    await context.close()
  }
  await chromium.close()
  return [
    {
      name: 'first_paint_p95',
      ...{ value: Math.round(quantile(paints, 0.95)), unit: 'ms', better: 'lower', target: paintMsMax },
    },
    { name: 'overview_shown_p95', value: Math.round(quantile(whole, 0.95)), unit: 'ms', better: 'lower' },
  ]
}

/** Runs in the page: milliseconds from asking for it to its first words. */
const paintedAt = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
