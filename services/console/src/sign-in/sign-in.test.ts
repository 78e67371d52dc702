import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hourMs, minuteMs } from '@straylight/schemas/duration'
import { createBrowserSessions } from './browser-sessions.ts'
import { announceLocalAccess, readLocalAccess } from './local-access.ts'
import { createOneTimeLinks } from './one-time-links.ts'
import { createSignInLimit } from './sign-in-limit.ts'
import { BadUserFile, hashPassword, isPassword, readUsers, writeUsers } from './user-file.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-sign-in-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const someone = { user: 'ana', role: 'analyst', tenant: null, method: 'password', issuer: 'ana' } as const

test('a session ends an hour after the last request, at its expiry, and when it is ended', () => {
  let now = 0
  const sessions = createBrowserSessions(() => now)
  const token = sessions.begin({ ...someone, expires_at: 3 * hourMs })
  for (let request = 0; request < 3; request++) {
    now += hourMs - 1
    assert.equal(sessions.find(token)?.user, request < 3 && now < 3 * hourMs ? 'ana' : undefined)
  }
  now = 3 * hourMs
  assert.equal(sessions.find(token), undefined)

  const idle = sessions.begin({ ...someone, expires_at: 30 * hourMs })
  now += hourMs / 2
  assert.equal(sessions.find(idle, { look: true })?.user, 'ana', 'a look is no sign of life')
  now += hourMs / 2
  assert.equal(sessions.find(idle), undefined)

  const ended = sessions.begin({ ...someone, expires_at: 30 * hourMs })
  sessions.end(ended)
  assert.equal(sessions.find(ended), undefined)
  assert.equal(sessions.find('no token'), undefined)
})

test('of more sessions than may be, the one that was used least lately makes room', () => {
  const sessions = createBrowserSessions(() => 0)
  const tokens = Array.from({ length: 1_000 }, () => sessions.begin({ ...someone, expires_at: hourMs }))
  assert.ok(sessions.find(tokens[0] ?? ''))
  sessions.begin({ ...someone, expires_at: hourMs })
  assert.ok(sessions.find(tokens[0] ?? ''))
  assert.equal(sessions.find(tokens[1] ?? ''), undefined)
})

test('a link works once and within its time', () => {
  let now = 0
  const links = createOneTimeLinks({ now: () => now, validMs: 15 * minuteMs })
  const [first, second, third] = [links.make(), links.make(), links.make()]
  assert.match(first, /^[\w-]{43}$/)
  assert.deepEqual([links.use(second), links.use(second), links.use(`${first}x`)], [true, false, false])
  now = 15 * minuteMs - 1
  assert.equal(links.use(first), true)
  now += 1
  assert.equal(links.use(third), false)
  const many = Array.from({ length: 21 }, () => links.make())
  assert.equal(links.use(many[0] ?? ''), false, 'the oldest made room')
})

test('ten wrong passwords shut a name out at that address, for five minutes, and nobody else', () => {
  let now = 0
  const limit = createSignInLimit(() => now)
  const mallory = { user: 'ana', address: '10.0.0.6' }
  for (let attempt = 0; attempt < 10; attempt++) {
    assert.equal(limit.waitSeconds(mallory), 0)
    limit.failed(mallory)
  }
  assert.equal(limit.waitSeconds(mallory), 300)
  assert.equal(limit.waitSeconds({ user: 'ana', address: '10.0.0.7' }), 0)
  assert.equal(limit.waitSeconds({ user: 'bea', address: '10.0.0.6' }), 0)
  now += 5 * minuteMs
  assert.equal(limit.waitSeconds(mallory), 0)
})

test('whoever changes names or addresses is stopped by the wider count, and all together by what they cost', () => {
  let now = 0
  const limit = createSignInLimit(() => now)
  for (let attempt = 0; attempt < 50; attempt++) {
    now += 2_000
    const other = { user: `user-${attempt}`, address: '10.0.0.6' }
    assert.equal(limit.waitSeconds(other), 0)
    limit.failed(other)
  }
  assert.ok(limit.waitSeconds({ user: 'ana', address: '10.0.0.6' }) > 0)
  now += 10 * minuteMs
  for (let attempt = 0; attempt < 60; attempt++)
    assert.equal(limit.waitSeconds({ user: 'ana', address: `${attempt}` }), 0)
  assert.equal(limit.waitSeconds({ user: 'ana', address: 'another' }), 60)
})

test('behind a proxy that is not believed its address shuts out nobody else', () => {
  let now = 0
  const limit = createSignInLimit(() => now, { addressesTell: false })
  for (let attempt = 0; attempt < 100; attempt++) {
    now += 2_000
    limit.failed({ user: `user-${attempt}`, address: '10.0.0.1' })
  }
  assert.equal(limit.waitSeconds({ user: 'ana', address: '10.0.0.1' }), 0)
})

test('users are written for their owner alone, with no password, and read again', async () => {
  const file = join(folder, 'keys', 'users.json')
  assert.deepEqual(await readUsers(file), [])
  const password = await hashPassword('correct horse battery staple')
  await writeUsers(file, [{ name: 'ana@acme.example', role: 'analyst', tenant: 'acme', password }])
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.ok(!(await readFile(file, 'utf8')).includes('correct horse'))
  const [user] = await readUsers(file)
  assert.deepEqual([user?.name, user?.role, user?.tenant], ['ana@acme.example', 'analyst', 'acme'])
  assert.equal(await isPassword('correct horse battery staple', password), true)
  assert.equal(await isPassword('correct horse battery stapl', password), false)
  assert.notEqual((await hashPassword('x')).hash, (await hashPassword('x')).hash)
})

test('a file of users that is none is refused by name, and so is one whose hashes would cost too much', async () => {
  const file = join(folder, 'bad.json')
  const password = await hashPassword('x')
  for (const text of [
    '{',
    '{"version":2,"users":[]}',
    JSON.stringify({ version: 1, users: [{ name: 'a b', role: 'viewer', password }] }),
    JSON.stringify({ version: 1, users: [{ name: 'ana', role: 'root', password }] }),
    JSON.stringify({ version: 1, users: [{ name: 'ana', role: 'viewer', password: { ...password, N: 2 ** 30 } }] }),
  ]) {
    await writeFile(file, text)
    await assert.rejects(readUsers(file), (error) => error instanceof BadUserFile && error.message.includes(file))
  }
})

test("the shell's token is the owner's alone, and goes with the program", async () => {
  const forget = await announceLocalAccess(join(folder, 'keys'), { url: 'http://127.0.0.1:1', policyFile: '/p.yaml' })
  assert.equal((await stat(join(folder, 'keys', 'console-access.json'))).mode & 0o777, 0o600)
  const access = await readLocalAccess(join(folder, 'keys'))
  assert.deepEqual(
    [access?.url, access?.pid, access?.token.length, access?.policy_file],
    ['http://127.0.0.1:1', process.pid, 43, '/p.yaml'],
  )
  await forget()
  assert.equal(await readLocalAccess(join(folder, 'keys')), undefined)
})
