import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { WhoAmI } from '@straylight/console/contract/sign-in'
import { generateKeyPair, SignJWT } from 'jose'
import { type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { freePort } from '../test-support/free-port.ts'
import {
  startTestProvider,
  type TestProvider,
  type TokenClaims,
  testClient,
} from '../test-support/identity-provider.ts'
import { atProvider, signInAt } from '../test-support/oidc-visit.ts'
import { createWebVisitor, type WebVisitor } from '../test-support/web-visitor.ts'

// Promise 9, through an identity provider: a real one (oidc-provider) on a port of its own, by HTTP alone.

let folder: string
let provider: TestProvider
let up: ConsoleRun
const table = `version: 1
groups:
  - { group: admins, role: admin }
  - { group: acme-soc, role: analyst, tenant: acme }
  - { group: approvers, role: approver }
  - { group: globex-soc, role: analyst, tenant: globex }
issuers:
  - { subject: subject-of-ana, issuer: ana }
`
const rolesFile = () => join(folder, 'roles.yaml')

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-oidc-'))
  await writeFile(rolesFile(), table)
  const [providerPort, port] = [await freePort(), await freePort()]
  const url = `http://localhost:${port}`
  provider = await startTestProvider({ port: providerPort, consoleUrl: url })
  up = await openConsoleRun({
    issuers: [{ name: 'ana', roles: ['analyst'] }],
    settings: settingsFor(port, provider.issuer),
  })
  const person = (name: string, groups: unknown, more: TokenClaims = {}) =>
    provider.people.set(`subject-of-${name}`, { preferred_username: name, groups, ...more })
  person('ana', ['everyone', 'acme-soc'], { tenant: 'globex', role: 'admin' })
  person('bo', ['approvers'])
  person('root', ['admins'])
  person('stranger', ['everyone', 'visitors'])
  person('none', undefined)
  person('operator', ['admins'])
  person('vi', ['admins'])
  person('x" onerror=', ['admins'])
  person('odd', { admins: true })
  person(
    'many',
    Array.from({ length: 501 }, (_, at) => `g${at}`),
  )
})
beforeEach(() => {
  provider.lie = undefined
  provider.replace = undefined
})
after(async () => {
  await up?.close()
  await provider?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const settingsFor = (port: number, issuer: string): Record<string, string> => ({
  STRAYLIGHT_CONSOLE_PORT: String(port),
  STRAYLIGHT_CONSOLE_URL: `http://localhost:${port}`,
  STRAYLIGHT_CONSOLE_OIDC_ISSUER: issuer,
  STRAYLIGHT_CONSOLE_OIDC_CLIENT_ID: testClient.id,
  STRAYLIGHT_CONSOLE_OIDC_CLIENT_SECRET: testClient.secret,
  STRAYLIGHT_CONSOLE_OIDC_ROLES: rolesFile(),
})

const who = async (visitor: WebVisitor): Promise<WhoAmI> =>
  WhoAmI.parse(await (await visitor.open(`${up.url}/api/sign-in`)).json())
const signIn = (name: string, more: { visitor?: WebVisitor; begin?: string } = {}) =>
  signInAt(up.url, `subject-of-${name}`, more)

/** A sign-in that must fail: nobody is signed in, and the page says why. */
async function refusal(name: string): Promise<string> {
  const { visitor, response } = await signIn(name)
  return refusedTo(visitor, response)
}
async function refusedTo(visitor: WebVisitor, response: Response): Promise<string> {
  assert.deepEqual([response.status, response.headers.get('location')], [303, '/sign-in'])
  const { signed_in, refused } = await who(visitor)
  assert.equal(signed_in, null)
  assert.ok(refused)
  assert.equal((await visitor.open(`${up.url}/api/alerts`)).status, 401)
  return refused
}

test('whoever the provider vouches for is signed in with the role and tenant of the table, as by password', async () => {
  const open = await who(createWebVisitor())
  assert.deepEqual(open.ways, ['link', 'oidc'])
  assert.equal(open.oidc?.url, `${up.url}/sign-in/oidc`)
  const { visitor, response } = await signIn('ana', { begin: '?return=%2Falerts%3Fsearch%3Dx' })
  assert.deepEqual([response.status, response.headers.get('location')], [303, '/alerts?search=x'])
  const [session, flow] = response.headers.getSetCookie()
  assert.match(session ?? '', /^straylight_session=[\w-]{43}; SameSite=Strict; Max-Age=43200; Path=\/; HttpOnly$/)
  assert.match(flow ?? '', /^straylight_oidc=; SameSite=Lax; Max-Age=0;/)
  const { signed_in } = await who(visitor)
  // The table alone says what somebody may: claims with the names of a tenant and a role say nothing.
  assert.deepEqual(
    [signed_in?.user, signed_in?.role, signed_in?.tenant, signed_in?.method],
    ['ana', 'analyst', 'acme', 'oidc'],
  )
  assert.deepEqual(signed_in?.signing, { issuer: 'ana', answers: ['true', 'false', 'ask'], missing: null })
  assert.equal((await visitor.open(`${up.url}/api/overview?tenant=globex`)).status, 404)
  assert.equal((await visitor.open(`${up.url}/api/overview`)).status, 200)
  assert.equal((await visitor.open(`${up.url}/api/audit`)).status, 403)
  // What changes something needs the header and the origin, whoever signed in how.
  assert.equal((await visitor.open(`${up.url}/api/verdicts`, { method: 'POST', body: '{}' })).status, 403)
})

test('an approver without a key of their own answers nothing, and hears how to get one', async () => {
  const { visitor } = await signIn('bo')
  const { signed_in } = await who(visitor)
  assert.equal(signed_in?.role, 'approver')
  assert.equal(signed_in?.signing.issuer, 'oidc:subject-of-bo')
  assert.match(signed_in?.signing.missing ?? '', /run `straylight issuer oidc:subject-of-bo`, list/)
})

test('who has no role here reads what to do, and sees nothing', async () => {
  const said = await refusal('stranger')
  assert.match(said, /known as stranger.*"everyone", "visitors"\. Whoever runs Straylight adds one/)
  assert.match(await refusal('none'), /sent no claim "groups"/)
  assert.match(await refusal('odd'), /no text and no list/)
  assert.match(await refusal('many'), /more than 500 groups/)
  assert.match(await refusal('x" onerror='), /can be a name here/)
})

test('nobody takes the name of the local operator or of a local user', async () => {
  assert.match(await refusal('operator'), /is a user of this console by password/)
  await up.addUser({ name: 'vi', role: 'viewer' })
  assert.match(await refusal('vi'), /is a user of this console by password/)
  await up.removeUser('vi')
})

test('two people whom the provider gives one name are not shown as one', async () => {
  provider.people.set('subject-of-twin', { preferred_username: 'root', groups: ['acme-soc'] })
  await signIn('root')
  assert.match(await refusal('twin'), /Somebody else is signed in as "root"/)
  assert.equal((await signIn('root')).response.headers.get('location'), '/')
})

test('whoever is in and goes back in the browser stays in', async () => {
  const visitor = createWebVisitor()
  const back = await atProvider(visitor, up.url, 'subject-of-bo')
  assert.equal((await visitor.open(back)).headers.get('location'), '/')
  assert.equal((await visitor.open(back)).headers.get('location'), '/')
  assert.equal((await who(visitor)).signed_in?.user, 'bo')
})

test('a forged state, another browser and a replayed code are refused', async () => {
  const visitor = createWebVisitor()
  const back = await atProvider(visitor, up.url, 'subject-of-root')
  const forged = new URL(back)
  forged.searchParams.set('state', 'x'.repeat(43))
  const other = createWebVisitor()
  assert.match(await refusedTo(other, await other.open(back)), /began no sign-in here/)
  // Somebody else's answer in a browser that began one of its own: the sign-in of another is not put upon it.
  const victim = createWebVisitor()
  await atProvider(victim, up.url, 'subject-of-bo')
  assert.match(await refusedTo(victim, await victim.open(back)), /does not fit|refused/)
  assert.match(await refusedTo(visitor, await visitor.open(forged.href)), /does not fit/)
  // The flow ended with the refusal: the right answer comes too late.
  assert.match(await refusedTo(visitor, await visitor.open(back)), /began no sign-in here/)

  const again = createWebVisitor()
  const good = await atProvider(again, up.url, 'subject-of-root')
  const kept = [...(again.cookies.get(new URL(up.url).host) ?? [])]
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  assert.equal((await again.open(good)).headers.get('location'), '/')
  const replay = await fetch(good, { redirect: 'manual', headers: { cookie: kept } })
  assert.equal(replay.headers.get('location'), '/sign-in')
  assert.ok(!replay.headers.getSetCookie().some((cookie) => cookie.startsWith('straylight_session')))
})

test('an answer that was tampered with on its way through the browser is refused', async () => {
  const changes: [string, (url: URL) => void][] = [
    ['no code', (url) => url.searchParams.delete('code')],
    ['no state', (url) => url.searchParams.delete('state')],
    ['another code', (url) => url.searchParams.set('code', 'x'.repeat(43))],
    ['two codes', (url) => url.searchParams.append('code', 'x')],
    ['two states', (url) => url.searchParams.append('state', 'x')],
    ['another issuer', (url) => url.searchParams.set('iss', 'https://evil.example')],
    ['no issuer', (url) => url.searchParams.delete('iss')],
    ['an error', (url) => url.searchParams.set('error', '<script>alert(1)</script>')],
    ['a token in the address', (url) => url.searchParams.set('response', 'x.y.z')],
  ]
  for (const [what, change] of changes) {
    const visitor = createWebVisitor()
    const url = new URL(await atProvider(visitor, up.url, 'subject-of-root'))
    change(url)
    const said = await refusedTo(visitor, await visitor.open(url.href))
    assert.ok(!said.includes('script'), what)
  }
})

test('a token with another nonce, audience, issuer or time, or another signature, is refused', async () => {
  const hour = 3_600
  const now = Math.floor(Date.now() / 1000)
  const lies: [string, (claims: TokenClaims) => TokenClaims][] = [
    ['nonce', (claims) => ({ ...claims, nonce: 'x' })],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
    ['audience', (claims) => ({ ...claims, aud: 'another-client' })],
    ['two audiences, for another', (claims) => ({ ...claims, aud: [testClient.id, 'other'], azp: 'other' })],
    ['issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['expired', (claims) => ({ ...claims, iat: now - 2 * hour, exp: now - hour })],
    ['not yet', (claims) => ({ ...claims, nbf: now + hour })],
    ['no end', ({ exp: _, ...claims }) => claims],
    ['no subject', ({ sub: _, ...claims }) => claims],
    ['subject of another', (claims) => ({ ...claims, sub: 'subject-of-ana' })],
  ]
  for (const [what, lie] of lies) {
    provider.lie = lie
    assert.match(await refusal('root'), /does not fit/, what)
  }
  provider.lie = undefined
  const { privateKey } = await generateKeyPair('RS256')
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as TokenClaims
  const replaced: [string, (token: string) => Promise<string> | string][] = [
    ['key', (token) => new SignJWT(claimsOf(token)).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey)],
    ['none', (token) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`],
    [
      'secret',
      (token) => new SignJWT(claimsOf(token)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(testClient.secret)),
    ],
    ['no token', () => ''],
  ]
  for (const [what, replace] of replaced) {
    provider.replace = replace
    assert.match(await refusal('root'), /does not fit/, what)
  }
})

test('nobody is led to another site after the sign-in', async () => {
  const asked = [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/%09/evil.example',
    '/\t/evil.example',
    '/api/alerts',
    '/sign-in/oidc',
    '/.//evil.example',
    '/a/..//evil.example',
  ]
  for (const page of asked) {
    const { response } = await signIn('root', { begin: `?return=${encodeURIComponent(page)}` })
    const to = new URL(response.headers.get('location') ?? 'none:', up.url)
    assert.ok(to.origin === up.url && !/^\/(\/|api|sign-in)/.test(to.pathname), `${page}: ${to}`)
  }
})

test('whoever loses the role in the table is signed out, and a broken table lets nobody in', async () => {
  const { visitor } = await signIn('root')
  const { visitor: ana } = await signIn('ana')
  const status = async (one: WebVisitor) => (await one.open(`${up.url}/api/alerts`)).status
  assert.deepEqual([await status(visitor), await status(ana)], [200, 200])
  await writeFile(rolesFile(), table.replace('group: admins, role: admin', 'group: admins, role: viewer, tenant: acme'))
  await up.until(async () => (await status(visitor)) === 401)
  assert.equal(await status(ana), 200)
  await writeFile(rolesFile(), 'version: 1\ngroups: everybody\n')
  await up.until(async () => (await status(ana)) === 401)
  assert.deepEqual((await who(ana)).ways, ['link', 'oidc'], 'the page of the sign-in still comes')
  assert.match(await refusal('root'), /table of groups and roles cannot be read/)
  assert.match(up.logged(), /roles\.yaml:2: groups/)
  await writeFile(rolesFile(), table)
  await up.until(async () => (await signIn('root')).response.headers.get('location') === '/')
  assert.equal(await status(ana), 200, 'whoever was in goes on when the table is mended')
})

test('a sign-out ends the session here, and leads to where the provider ends its own', async () => {
  const { visitor } = await signIn('root')
  const headers = { 'x-straylight-console': '1', origin: up.url }
  const before = visitor.cookies.get(new URL(up.url).host)?.get('straylight_session')
  const out = WhoAmI.parse(await (await visitor.open(`${up.url}/api/sign-in`, { method: 'DELETE', headers })).json())
  assert.equal(out.signed_in, null)
  const away = new URL(out.sign_out_url ?? '')
  assert.deepEqual([away.origin, away.pathname], [provider.issuer, '/session/end'])
  assert.equal(away.searchParams.get('post_logout_redirect_uri'), `${up.url}/sign-in`)
  const old = await fetch(`${up.url}/api/alerts`, { headers: { cookie: `straylight_session=${before}` } })
  assert.equal(old.status, 401)
  // By a link there is nowhere else to sign out.
  const local = await up.browser()
  await local.fetch('/api/sign-in', {
    method: 'POST',
    body: JSON.stringify({ token: new URL(up.console.link()).hash.slice(1) }),
  })
  assert.equal((await local.say('signOut', undefined)).sign_out_url, null)
})

test('the log says who came, as whom the provider knows them, and no secret', async () => {
  const { visitor, response } = await signIn('root')
  const { items } = (await (await visitor.open(`${up.url}/api/audit`)).json()) as { items: Record<string, unknown>[] }
  const came = items.find(({ route, status }) => route === 'signIn' && status === 200)
  assert.deepEqual([came?.user, came?.method, came?.subject], ['root', 'oidc', 'subject:subject-of-root'])
  await refusal('stranger')
  const logged = up.logged()
  const token = /straylight_session=([\w-]{43})/.exec(response.headers.getSetCookie().join())?.[1]
  for (const secret of [testClient.secret, token ?? assert.fail(), 'eyJ']) assert.ok(!logged.includes(secret))
  assert.match(logged, /no sign-in through the identity provider: You are known as stranger/)
})

test('a provider that is down does not keep the console from starting: it says so, and links work', async () => {
  const [providerPort, port] = [await freePort(), await freePort()]
  // One store a process: the one before ends here.
  await up.close()
  const lone = await openConsoleRun({ settings: settingsFor(port, `http://127.0.0.1:${providerPort}`) })
  up = lone
  await lone.until(async () => /the identity provider http:\S+ cannot be used now/.test(lone.logged()))
  const visitor = createWebVisitor()
  const response = await visitor.open(`${lone.url}/sign-in/oidc`)
  assert.equal(response.headers.get('location'), '/sign-in')
  const { refused } = WhoAmI.parse(await (await visitor.open(`${lone.url}/api/sign-in`)).json())
  assert.match(refused ?? '', /does not answer\. Try again, or sign in by a link/)
  const local = await lone.browser()
  await local.fetch('/api/sign-in', {
    method: 'POST',
    body: JSON.stringify({ token: new URL(lone.console.link()).hash.slice(1) }),
  })
  assert.equal((await local.ask('whoAmI')).signed_in?.method, 'link')
  // It comes back, and nobody restarts anything.
  const late = await startTestProvider({ port: providerPort, consoleUrl: lone.url })
  late.people.set('subject-of-root', { preferred_username: 'root', groups: 'admins' })
  assert.equal((await signInAt(lone.url, 'subject-of-root')).response.headers.get('location'), '/')
  await late.stop()
  const gone = createWebVisitor()
  assert.equal((await gone.open(`${lone.url}/sign-in/oidc/back?code=x&state=y`)).headers.get('location'), '/sign-in')
})
