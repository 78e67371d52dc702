import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { policyOfText } from '@straylight/respond/decide/read-policy'

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(root + file))
const read = (file: string) => readFileSync(root + file, 'utf8')
const decisions = files.filter((file) => file.startsWith('docs/decisions/'))

test('the README is read in one sitting: at most 150 lines', () => {
  assert.ok(read('README.md').split('\n').length <= 150)
})

test('the architecture is read in one sitting: at most 1,500 words', () => {
  const words = read('ARCHITECTURE.md').split(/\s+/).length
  assert.ok(words <= 1500, `${words} words`)
})

test('the README leads to a page for each reader', () => {
  const text = read('README.md')
  for (const page of ['inputs', 'policy', 'operate', 'brokers', 'webhooks'])
    assert.ok(text.includes(`](docs/${page}.md)`), `no link to docs/${page}.md`)
})

test('every document under docs/ is linked from another one', () => {
  const pages = files.filter((file) => file.endsWith('.md'))
  const linked = new Set(
    pages.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link = '']) =>
        decodeURI(new URL(link, `file:///${file}`).pathname.slice(1)),
      ),
    ),
  )
  assert.deepEqual(
    pages.filter((file) => file.startsWith('docs/') && !linked.has(file)),
    [],
  )
})

test('decisions are numbered without a gap, and each says what or why, what it costs, and when to think again', () => {
  const numbers = decisions.map((file) => Number(/\/(\d{3})-/.exec(file)?.[1]))
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  )
  const architecture = read('ARCHITECTURE.md')
  for (const file of decisions) {
    const text = read(file)
    assert.match(
      text,
      new RegExp(`^# ${Number(/\/(\d{3})-/.exec(file)?.[1])}\\. `),
      `${file}: its title has its number`,
    )
    // Where the title says it all, the reason follows at once.
    assert.match(text, /\n## (Decision|Why)\n/, file)
    for (const heading of ['What it costs', 'When to think again'])
      assert.ok(text.includes(`\n## ${heading}\n`), `${file} has no heading "${heading}"`)
    assert.ok(architecture.includes(`(${file})`), `${file} is not in the list of ARCHITECTURE.md`)
  }
})

test('the architecture names each promise of docs/promises.md', () => {
  const promises = [...read('docs/promises.md').matchAll(/^\| (\d+) \| /gm)].map(([, number]) => Number(number))
  const section = /## Promises\n([\s\S]*?)\n## /.exec(read('ARCHITECTURE.md'))?.[1] ?? ''
  assert.deepEqual(
    [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number)),
    promises,
  )
})

test('no sentence cites a page that is not in the repository', () => {
  // Built from parts, so that this file does not find itself.
  const elsewhere = new RegExp(['DESIGN', ' section|the st', 'udy\\b|research of this ', 'project'].join(''))
  const found = files.filter((file) => /\.(ts|md|sql|ya?ml)$/.test(file) && elsewhere.test(read(file)))
  assert.deepEqual(found, [])
})

test('the glossary has at most sixty words, each once and in order', () => {
  const words = [...read('docs/glossary.md').matchAll(/^\| ([^|]+?) \|/gm)].map(([, word = '']) => word).slice(2)
  assert.ok(words.length > 30 && words.length <= 60, `${words.length} words`)
  assert.equal(new Set(words).size, words.length)
  assert.deepEqual(
    words,
    [...words].sort((one, other) => one.localeCompare(other, 'en')),
  )
})

test('the policy that docs/policy.md prints is one', () => {
  const [, sample = ''] = /```yaml\n(id: acme\n[\s\S]*?)```/.exec(read('docs/policy.md')) ?? []
  assert.equal(policyOfText(sample, 'docs/policy.md').issuers[0]?.name, 'operator')
})
