import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { formatSamples, goldenOf } from '@straylight/ingest/test-support/format-samples'
import { featuresDoc } from '@straylight/models/features/features-doc'
import { AllSettings } from '@straylight/runtime/settings/config'
import { envExample } from '@straylight/runtime/settings/env-example'
import { topics } from '@straylight/schemas/topics'
import { withFormatsTables } from 'straylight/inputs/formats-doc'

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(root + file))
const read = (file: string) => readFileSync(root + file, 'utf8')
const source = files.filter((file) => /\.(tsx?|sql)$/.test(file) && !file.endsWith('.d.ts'))
const stages = ['ingest', 'baseline', 'score', 'respond']

/** Made from schemas/sql by `npm run cluster-ddl`. */
const generated = new Set(['deploy/clickhouse/cluster.sql'])

test('no source file that somebody wrote is longer than 400 lines', () => {
  const written = source.filter((file) => !generated.has(file))
  const long = written
    .map((file) => ({ file, lines: read(file).split('\n').length }))
    .filter(({ lines }) => lines > 400)
  assert.deepEqual(long, [])
})

test('no note of work undone stays in the code', () => {
  // Built from parts, so that this file does not find itself.
  const notes = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X\\b|HA', 'CK'].join(''))
  assert.deepEqual(
    source.filter((file) => notes.test(read(file))),
    [],
  )
})

test('nothing is typed `any`', () => {
  // Biome refuses it as well; this counts where a comment would switch Biome off.
  const any = /(:\s*|<|as )any\b(?!thing)/
  const found = source.flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) => any.test(line.replace(/\/\/.*|\/\*.*|^\s*\*.*|'[^']*'|`[^`]*`/g, '')))
      .map((line) => `${file}: ${line.trim()}`),
  )
  assert.deepEqual(found, [])
})

/** Lower it when one goes; a new one has to take the place of an old one. */
const suppressionsAllowed = 0

test('rules of the linter are not switched off more often than before', () => {
  const marker = ['biome', 'ignore'].join('-')
  const found = source.flatMap((file) =>
    read(file)
      .split(marker)
      .slice(1)
      .map(() => file),
  )
  assert.ok(
    found.length <= suppressionsAllowed,
    `${found.length} suppressions, ${suppressionsAllowed} allowed: ${found}`,
  )
})

test('names say what a thing is', () => {
  const vague = /(^|\/)(utils?|helpers?|common|misc|managers?|index)(\.ts|\/)/
  assert.deepEqual(
    files.filter((file) => vague.test(file)),
    [],
  )
})

/** Schemas of bytes: where they lie, what became of those that nobody could read, and how text is shown. */
const schemasOfRuntime = new Set([
  ...['topics', 'set-aside', 'cut-text', 'visible-text', 'counted'],
  // What all code shares.
  ...['duration', 'error-text', 'parsed-json', 'straylight-error', 'partition-key'],
])

test('runtime moves bytes: it imports no schema of what is in them', () => {
  const found = source
    .filter((file) => file.startsWith('services/runtime/src/') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...read(file).matchAll(/'@straylight\/([\w-]+)\/([\w-]+)'/g)].map((match) => ({ file, match })))
    .filter(({ match: [, of, name = ''] }) => of !== 'schemas' || !schemasOfRuntime.has(name))
    .map(({ file, match: [imported] }) => `${file}: ${imported}`)
  assert.deepEqual(found, [])
})

test('every error class of ours has a kind, and nobody asks for one by its name', () => {
  const base = 'schemas/src/straylight-error.ts'
  const code = source.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== base)
  const found = (pattern: RegExp) =>
    code.flatMap((file) => [...read(file).matchAll(pattern)].map(([text]) => `${file}: ${text}`))
  assert.deepEqual(found(/class \w+ extends (?!StraylightError\b)\w*Error\b/g), [])
  const ours = code.flatMap((file) => [...read(file).matchAll(/class (\w+) extends StraylightError/g)])
  assert.ok(ours.length >= 20)
  const names = ours.map(([, name]) => name).join('|')
  assert.deepEqual(found(new RegExp(`(?<!override readonly name = )['"](${names})['"]`, 'g')), [])
})

test('what reads JSON or nothing, tells an error and counts time is written once', () => {
  const homes = new Set(['parsed-json', 'error-text', 'duration'].map((name) => `schemas/src/${name}.ts`))
  const twice = [
    /instanceof Error \? \w+\.message : String\(/,
    /try \{\s+return JSON\.parse\([^\n]+\n\s+\} catch \{/,
    /\b(3_600_000|86_400_000)\b/,
  ]
  const code = source.filter(
    (file) =>
      file.endsWith('.ts') &&
      !homes.has(file) &&
      file !== 'test/src/tidy.test.ts' &&
      !file.startsWith('models/src/features/'),
  )
  assert.deepEqual(
    code.filter((file) => twice.some((pattern) => pattern.test(read(file)))),
    [],
  )
})

test('one name names one thing: no two files export the same', () => {
  const fixture = /(^test|^benchmarks|\/test-support)\//
  const homes = new Map<string, Set<string>>()
  for (const file of source.filter((name) => /\.tsx?$/.test(name))) {
    const exported = /^export (?:abstract |async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm
    for (const [, name = ''] of read(file).matchAll(exported)) homes.set(name, (homes.get(name) ?? new Set()).add(file))
  }
  // Fixtures of different packages never meet, so they may share a name with each other, and with nothing else.
  const twice = [...homes].filter(([, of]) => of.size > 1 && [...of].some((file) => !fixture.test(file)))
  assert.deepEqual(
    twice.map(([name, of]) => `${name}: ${[...of].join(', ')}`),
    [],
  )
})

const countedThings =
  'alerts|findings|webhooks|issuers|messages|agents|events|sessions|verdicts|commands|credentials|repeats|partitions|topics|attempts|incidents|records|minutes|hours|days|notes'

test('one of a thing is never said in the plural: a count with its noun is written by `counted`', () => {
  // A stated bound is never one, and `numbered` of models counts what a sentence compares.
  const bound = /(?:Max|Min|max|threads)$|^(?:most|agentsMax|whole\(|bytesPerSecondMin)/
  const loose = new RegExp(`\\$\\{([^{}]*)\\} (?:[a-z]+ )?(?:${countedThings})\\b`, 'g')
  const found = source
    .filter((file) => /^(models|services|schemas)\/.*\.ts$/.test(file) && !/\.test\.ts$|test-support/.test(file))
    .flatMap((file) =>
      [...read(file).matchAll(loose)]
        .filter(([, counts = '']) => !bound.test(counts) && !/^(?:counted|numbered)\(/.test(counts))
        .map(([text]) => `${file}: ${text}`),
    )
  assert.deepEqual(found, [])
})

test('the partition key is put together in one place', () => {
  const found = source
    .filter((file) => file !== 'schemas/src/partition-key.ts')
    .filter((file) => /\$\{[^}]*tenant\w*\}\|\$\{/.test(read(file)))
  assert.deepEqual(found, [])
})

for (const stage of stages) {
  test(`the README of ${stage} answers its four questions`, () => {
    const text = read(`services/${stage}/README.md`)
    for (const heading of ['Reads', 'Writes', 'Remembers', 'When it dies']) {
      assert.match(text, new RegExp(`^## ${heading}$`, 'm'), `services/${stage}/README.md has no heading "${heading}"`)
    }
  })
}

test('every topic stands in the documents with its retention', () => {
  const documented = read('docs/topics-and-tables.md')
  for (const topic of Object.values(topics)) {
    const row = documented.split('\n').find((line) => line.startsWith(`| \`${topic.name}\``))
    assert.ok(row !== undefined, `${topic.name} has no row in docs/topics-and-tables.md`)
    assert.ok(row.includes(`${topic.retentionHours / 24} days`), `${topic.name}: ${topic.retentionHours / 24} days`)
  }
})

test('every table says how long a row stays, and the engine keeps to it', () => {
  const documented = read('docs/topics-and-tables.md')
  const steps = files.filter((name) => name.startsWith('schemas/sql/'))
  const dropped = new Set(steps.flatMap((file) => /^DROP TABLE IF EXISTS (\w+)/m.exec(read(file))?.[1] ?? []))
  for (const file of steps) {
    const sql = read(file)
    const table = /CREATE TABLE IF NOT EXISTS (\w+)/.exec(sql)?.[1]
    if (table === undefined || dropped.has(table)) continue
    assert.match(sql, /^-- .*Retention: /m, `${file} does not argue its retention`)
    const days = /^TTL stored_at \+ INTERVAL (\d+) DAY/m.exec(sql)?.[1]
    assert.ok(days !== undefined || /Retention: none, /.test(sql), `${file} has no TTL`)
    const row = documented.split('\n').find((line) => line.startsWith(`| \`${table}\``))
    assert.ok(
      row?.includes(days === undefined ? 'for good' : `${days} days`),
      `${table} in docs/topics-and-tables.md: ${days} days`,
    )
  }
})

/** The rows of the promises table: number, and the tests that are named. */
function promises(): { number: number; named: string[] }[] {
  return read('docs/promises.md')
    .split('\n')
    .filter((line) => /^\| \d+ \| /.test(line))
    .map((row) => ({
      number: Number(row.split(' ')[1]),
      named: [...row.matchAll(/`([^`]+\.test\.ts)`/g)].map((match) => match[1] ?? ''),
    }))
}

/** Whether a test says which promise it holds: "promise 6", or "Promises 10 and 12". */
const mentions = (text: string, number: number) =>
  [...text.matchAll(/promises? (\d+(?:(?:, | and )\d+)*)/gi)].some(([, list = '']) =>
    list.split(/, | and /).includes(String(number)),
  )

test('every promise names tests that exist and that mention it', () => {
  const rows = promises()
  const numbers = rows.map(({ number }) => number)
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
    'numbers rise by one',
  )
  assert.ok(numbers.length >= 18)
  for (const { number, named } of rows) {
    assert.ok(named.length > 0, `promise ${number} names no test`)
    for (const file of named) assert.ok(files.includes(file), `promise ${number}: ${file} does not exist`)
    const silent = named.filter((file) => !mentions(read(file), number))
    // Tests of the first nine stand beside code that keeps several of them; one that is about the promise alone says so.
    if (number <= 9) assert.ok(silent.length < named.length, `promise ${number}: no test mentions it`)
    else assert.deepEqual(silent, [], `promise ${number}: these do not mention it`)
  }
})

test('what SECURITY.md claims names tests that exist', () => {
  const text = read('SECURITY.md')
  const table = text.slice(text.indexOf('## What holds it'), text.indexOf('## What is left open'))
  const claims = table.split('\n').filter((line) => /^\| [A-Z]/.test(line))
  assert.ok(claims.length >= 10)
  for (const claim of claims) assert.match(claim, /`[^`]+\.test\.ts` \|$/, `no test is named: ${claim}`)
  const named = [...text.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file = '']) => file)
  assert.deepEqual(
    named.filter((file) => !files.includes(file)),
    [],
  )
})

test('every setting says why it is there, and deploy/env.example is current', () => {
  for (const [name, setting] of Object.entries(AllSettings.shape)) {
    assert.ok((setting.description ?? '').length > 20, `${name} has no description`)
  }
  assert.equal(read('deploy/env.example'), envExample(), 'run `npm run env-example`')
})

test('docs/inputs.md has the formats as they are', () => {
  const samples = formatSamples()
  const eventsOf = (format: string) =>
    samples.filter((sample) => sample.format === format).flatMap((sample) => goldenOf(sample)?.events ?? [])
  const page = read('docs/inputs.md')
  assert.equal(page, withFormatsTables(page, eventsOf), 'run `npm run formats-doc`')
})

test('docs/features.md is current', () => {
  assert.equal(read('docs/features.md'), featuresDoc(), 'run `npm run features-doc`')
})

test('every setting changes something', () => {
  const definitions = 'services/runtime/src/settings/setting-parts.ts'
  const code = source.filter((file) => !file.endsWith('.test.ts') && file !== definitions).map(read)
  const idle = Object.keys(AllSettings.shape).filter((name) => !code.some((text) => text.includes(name)))
  assert.deepEqual(idle, [])
})

test('every setting that the code or a document names exists', () => {
  const known = new Set(Object.keys(AllSettings.shape))
  const named = /\b(STRAYLIGHT|KAFKA|CLICKHOUSE)_[A-Z][A-Z_]*[A-Z]\b/g
  const unknown = files
    .filter(
      (file) => /\.(ts|md|json)$/.test(file) && !file.endsWith('.test.ts') && !file.startsWith('test/test-support/'),
    )
    .flatMap((file) => [...read(file).matchAll(named)].map(([name]) => ({ file, name })))
    .filter(({ name }) => !known.has(name))
  assert.deepEqual(unknown, [])
})

test('links in documents lead to files that exist', () => {
  const broken = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => new URL(match[1] ?? '', `file://${root}${file}`))
        .filter((url) => !existsSync(url))
        .map((url) => `${file}: ${url.pathname}`),
    )
  assert.deepEqual(broken, [])
})
