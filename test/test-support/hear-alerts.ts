import assert from 'node:assert/strict'
import type { AlertRow } from '@straylight/console/contract/alert-row'
import { streamEvents } from '@straylight/console/contract/alert-stream'
import { parsedJson } from '@straylight/schemas/parsed-json'
import type { Browser } from './console-run.ts'

interface Heard {
  readonly id: string
  readonly alert: Omit<AlertRow, 'assignee'>
  readonly is_new: boolean
}

/** Listens to the stream of alerts as a browser does. */
export async function hearAlerts(browser: Browser, headers: Record<string, string> = {}) {
  const aborting = new AbortController()
  const response = await browser.fetch('/api/alerts/stream', { headers, signal: aborting.signal })
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const reader = (response.body ?? assert.fail('no body')).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next(): Promise<Heard> {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end < 0) {
          const { value, done } = await reader.read()
          assert.ok(!done, 'the stream has ended')
          text += value
          continue
        }
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => line.split(': ', 2) as [string, string]),
        )
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1] ?? ''
        text = text.slice(end + 2)
        if (fields.get('event') !== 'alert') continue
        return { id: fields.get('id') ?? '', ...streamEvents.alert.parse(parsedJson(data)) }
      }
    },
    close: async () => {
      aborting.abort()
      await reader.cancel().catch(() => undefined)
    },
  }
}
