import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { alertStreamPath, routes } from './routes.ts'

test('the contract can be read in a browser: nothing of it needs Node', async () => {
  const entry = fileURLToPath(new URL('./routes.ts', import.meta.url))
  const bundled = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  })
  assert.deepEqual(bundled.errors, [])
})

test('each route stands once, changes nothing by GET, and is open to nobody but those who sign in', () => {
  const all = Object.entries(routes)
  const places = [...all.map(([, { method, path }]) => `${method} ${path}`), `GET ${alertStreamPath}`]
  assert.equal(new Set(places).size, places.length)
  for (const [name, { method, path, body }] of all) {
    assert.match(path, /^\/api\/[a-z/-]+$/)
    if (method === 'GET') assert.ok(body.safeParse(undefined).success, `${name} takes a body by GET`)
  }
  assert.deepEqual(
    all.filter(([, { role }]) => role === null).map(([name]) => name),
    ['whoAmI', 'signIn', 'signOut'],
  )
})

test('queries take what an address holds: texts, with defaults for what is left out', () => {
  assert.deepEqual(routes.alerts.query.parse({}), { sort: 'gravest', limit: 50 })
  assert.equal(routes.alerts.query.parse({ limit: '20' }).limit, 20)
  for (const limit of ['0', '201', '1.5', 'all', ''])
    assert.ok(!routes.alerts.query.safeParse({ limit }).success, limit)
  assert.ok(!routes.alerts.query.safeParse({ order: 'x' }).success, 'an unknown field is refused')
  assert.ok(!routes.alerts.query.safeParse({ search: 'x'.repeat(1001) }).success)
})
