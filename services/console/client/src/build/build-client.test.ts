import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type BundledFile, buildClient } from './build-client.ts'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const gzipMax = 300_000

let files: BundledFile[]
before(async () => {
  files = (await buildClient(root)).files
})

const textOf = ({ contents }: BundledFile) => new TextDecoder().decode(contents)

test('all that a browser loads is at most 300 kB, compressed', () => {
  const bytes = files.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0)
  assert.ok(bytes > 10_000 && bytes <= gzipMax, `${bytes} bytes`)
})

test('the page holds no script and no style of its own, and names files by their content', () => {
  const page = textOf(files.find(({ path }) => path === 'index.html') ?? { path: '', contents: new Uint8Array() })
  assert.doesNotMatch(page, /<style|style=|<script[^>]*>[^<]| on\w+=/)
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path]) => path)
  assert.equal(named.length, 3)
  for (const path of named) {
    assert.match(path ?? '', /-[\w]{8}\./)
    assert.ok(
      files.some((file) => file.path === path),
      path,
    )
  }
})

test('the page says that it is on its way before any script has run', () => {
  const page = textOf(files.find(({ path }) => path === 'index.html') ?? { path: '', contents: new Uint8Array() })
  assert.match(page, /<div id="console"><p class="loading" role="status">Loading the console…<\/p><\/div>/)
})

test('no file fetches anything from elsewhere', () => {
  for (const file of files) {
    const text = textOf(file)
    const found = file.path.endsWith('.css')
      ? /url\(|@import|@font-face/
      : /\b(?:fetch|import|EventSource|WebSocket)\(["'`]https?:/
    assert.ok(!found.test(text), file.path)
  }
})

test('two builds give the same bytes', async () => {
  const again = (await buildClient(root)).files
  assert.deepEqual(
    again.map(({ path }) => path),
    files.map(({ path }) => path),
  )
})
