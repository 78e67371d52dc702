import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { alertStreamPath, routes } from '@straylight/console/contract/routes'
import { dayMs } from '@straylight/schemas/duration'
import { type Browser, type ConsoleRun, createBrowser, openConsoleRun } from '../test-support/console-run.ts'
import { alertingPolicy } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// Who may what at the console: signing in, other sites, roles, tenants as walls, and what somebody sends to get past them.

let up: ConsoleRun
before(async () => {
  up = await openConsoleRun({
    policy: alertingPolicy,
    registry: {
      version: 1,
      agents: ['acme', 'globex'].map((tenant) => ({ tenant, agent: 'bot', boundary: { systems: ['crm'] } })),
    },
    issuers: [
      { name: 'eve', roles: ['analyst', 'approver'] },
      { name: 'gil', roles: ['analyst'], tenants: ['globex'] },
    ],
  })
  const now = Date.now()
  const work = historyOf(officeWork({ agents: ['bot'], from: now - 20 * dayMs, days: 19 }))
  await up.run
    .baseline()
    .importHistory(['acme', 'globex'].flatMap((tenant) => work.map((event) => ({ ...event, tenant }))))
  await up.run.drain()
  const event = { agent: 'bot', session: 's1', system: 'vault', action: 'secrets.read', credential: { id: 'tok' } }
  await up.run.log.append(
    ['acme', 'globex'].map((tenant) => nativeRecord({ tenant, id: `e-${tenant}`, time: now, ...event })),
  )
  await up.run.drain()
  await up.addUser({ name: 'vi', role: 'viewer' })
  await up.addUser({ name: 'eve', role: 'admin', tenant: 'acme' })
  await up.addUser({ name: 'gil', role: 'analyst', tenant: 'globex' })
})
after(() => up?.close())

const password = 'correct horse battery staple'
const signIn = (browser: Browser, body: unknown) =>
  browser.fetch('/api/sign-in', { method: 'POST', body: JSON.stringify(body) })
const codeOf = async (response: Response): Promise<[number, unknown]> => [
  response.status,
  ((await response.json()) as { code?: string }).code,
]
const alertsOf = async (browser: Browser) => (await browser.ask('alerts', { state: 'all' })).items

test('whoever is not signed in gets nothing, of no route', async () => {
  const stranger = await up.browser()
  for (const [name, { method, path, role }] of Object.entries(routes)) {
    if (role === null) continue
    const body = method === 'GET' ? {} : { body: '{}' }
    assert.deepEqual(await codeOf(await stranger.fetch(path, { method, ...body })), [401, 'not_signed_in'], name)
  }
  assert.deepEqual(await codeOf(await stranger.fetch(alertStreamPath)), [401, 'not_signed_in'])
  const { signed_in, deployment, version, ways } = await stranger.ask('whoAmI')
  assert.deepEqual([signed_in, deployment, version, ways], [null, null, null, ['link', 'password']])
  stranger.cookie = `straylight_session=${'A'.repeat(43)}`
  assert.equal((await stranger.fetch('/api/alerts')).status, 401)
  const bearer = { authorization: `Bearer ${'A'.repeat(43)}` }
  assert.equal((await stranger.fetch('/api/alerts', { headers: bearer })).status, 401)
})

test('a link signs in once, and its token stands nowhere that is kept', async () => {
  const url = new URL(up.console.link())
  assert.equal(url.pathname, '/sign-in')
  const token = url.hash.slice(1)
  const first = await up.browser()
  assert.equal((await signIn(first, { token })).status, 200)
  const { signed_in } = await first.ask('whoAmI')
  assert.deepEqual([signed_in?.user, signed_in?.role, signed_in?.method], ['operator', 'admin', 'link'])
  assert.match(signed_in?.signing.missing ?? '', /straylight issuer operator/)
  assert.deepEqual(await codeOf(await signIn(await up.browser(), { token })), [401, 'sign_in_refused'])
  assert.ok(!up.logged().includes(token))
  const { url: another } = await first.say('newLink', undefined)
  assert.equal((await signIn(await up.browser(), { token: new URL(another).hash.slice(1) })).status, 200)
})

test('the cookie is for this site and no script, and signing out ends it', async () => {
  const browser = await up.browser()
  const response = await signIn(browser, { user: 'vi', password })
  const cookie = response.headers.get('set-cookie') ?? ''
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(part), cookie)
  const kept = browser.cookie
  assert.equal((await browser.fetch('/api/alerts')).status, 200)
  assert.equal((await browser.fetch('/api/sign-in', { method: 'DELETE' })).status, 200)
  browser.cookie = kept
  assert.equal((await browser.fetch('/api/alerts')).status, 401)
})

test('a wrong password and an unknown name are answered alike, and ten of them cost a while', async () => {
  const browser = await up.browser()
  await up.addUser({ name: 'mallory', role: 'viewer' })
  const wrong = await (await signIn(browser, { user: 'mallory', password: 'x'.repeat(15) })).json()
  assert.deepEqual(await (await signIn(browser, { user: 'nobody', password: 'x'.repeat(15) })).json(), wrong)
  const codes: unknown[] = []
  for (let attempt = 0; attempt < 10; attempt++) {
    codes.push((await codeOf(await signIn(browser, { user: 'mallory', password: `${attempt}` })))[0])
  }
  assert.equal(codes.at(-1), 429)
  assert.ok(codes.filter((code) => code === 401).length >= 8)
  const right = await signIn(browser, { user: 'mallory', password })
  assert.deepEqual([right.status, Number(right.headers.get('retry-after')) > 0], [429, true])
})

test('another site can make a browser send nothing', async () => {
  const browser = await up.browser()
  const session = await up.session('eve')
  browser.cookie = session
  const body = JSON.stringify({ command_id: 'cmd_x', reason: 'x' })
  const post = (headers: Record<string, string>) => browser.fetch('/api/restores', { method: 'POST', body, headers })
  const refused = [403, 'cross_site']
  assert.deepEqual(await codeOf(await post({ origin: 'https://evil.example' })), refused)
  assert.deepEqual(await codeOf(await post({ origin: 'null' })), refused)
  assert.deepEqual(await codeOf(await post({ 'sec-fetch-site': 'cross-site' })), refused)
  assert.deepEqual(await codeOf(await post({ 'sec-fetch-site': 'same-site' })), refused)
  assert.deepEqual(await codeOf(await post({ 'x-straylight-console': '0' })), refused)
  assert.deepEqual(
    await codeOf(await browser.fetch('/api/alerts', { headers: { 'sec-fetch-site': 'cross-site' } })),
    refused,
  )
  assert.deepEqual(await codeOf(await post({})), [404, 'not_found'])
  const form = await browser.fetch('/api/restores', {
    method: 'POST',
    body: 'command_id=cmd_x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.deepEqual(await codeOf(form), [400, 'bad_request'])
  // A name of somebody else that resolves to this machine.
  assert.equal(await statusOf({ host: 'evil.example', cookie: session }), 403)
  assert.equal(await statusOf({ host: `localhost:${new URL(up.url).port}`, cookie: session }), 200)
})

/** `fetch` sets the host by itself. */
function statusOf(headers: Record<string, string>, path = '/api/alerts'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(up.url), { path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end()
  })
}

test('every answer tells the browser to run nothing but its own files', async () => {
  for (const path of ['/', '/api/sign-in', '/api/alerts', '/nothing']) {
    const { headers } = await (await up.browser()).fetch(path)
    const policy = headers.get('content-security-policy') ?? ''
    assert.ok(!policy.includes('unsafe'), policy)
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(part))
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
  }
})

test('a role does what it may, and no more', async () => {
  const viewer = await up.browserOf('vi')
  const [alert] = await alertsOf(viewer)
  assert.ok(alert)
  const body = { alerts: [{ id: alert.id, revision: alert.revision }], answer: 'false', reason: 'x' }
  const said = await viewer.fetch('/api/verdicts', { method: 'POST', body: JSON.stringify(body) })
  assert.deepEqual(await codeOf(said), [403, 'not_allowed'])
  for (const path of ['/api/rejections', '/api/audit', `/api/alert/record?id=${alert.id}`])
    assert.deepEqual(await codeOf(await viewer.fetch(path)), [403, 'not_allowed'], path)
  const analyst = await up.browserOf('gil')
  const restore = await analyst.fetch('/api/restores', { method: 'POST', body: '{"command_id":"cmd_x","reason":"x"}' })
  assert.deepEqual(await codeOf(restore), [403, 'not_allowed'])
  assert.deepEqual(await codeOf(await analyst.fetch('/api/links', { method: 'POST' })), [403, 'not_allowed'])
  const detail = await viewer.ask('alert', { id: alert.id })
  assert.ok(detail.consequences.every(({ allowed }) => !allowed))
})

test('a tenant is a wall: what is of another one does not exist, in no route', async () => {
  const eve = await up.browserOf('eve')
  const gil = await up.browserOf('gil')
  const [own] = await alertsOf(eve)
  const [others] = await alertsOf(gil)
  assert.deepEqual([own?.tenant, others?.tenant], ['acme', 'globex'])
  assert.ok(own && others)
  for (const browser of [eve]) {
    const asked: [keyof typeof routes, Record<string, string>][] = [
      ['alert', { id: others.id }],
      ['alertRecord', { id: others.id }],
      ['alerts', { tenant: 'globex' }],
      ['alertGroups', { tenant: 'globex' }],
      ['agents', { tenant: 'globex' }],
      ['agent', { tenant: 'globex', agent: 'bot' }],
      ['leastPrivilege', { tenant: 'globex' }],
      ['session', { tenant: 'globex', agent: 'bot', session: 's1' }],
      ['session', { tenant: 'acme', agent: 'bot', session: 's2' }],
      ['explain', { event: 'e-globex' }],
      ['explain', { event: 'e-globex', tenant: 'globex' }],
      ['approvals', { tenant: 'globex' }],
      ['suppressions', { tenant: 'globex' }],
      ['rejections', { tenant: 'globex' }],
      ['registryGaps', { tenant: 'globex' }],
      ['overview', { tenant: 'globex' }],
    ]
    for (const [name, query] of asked) {
      const path: string = `${routes[name].path}?${new URLSearchParams(query)}`
      assert.deepEqual(await codeOf(await browser.fetch(path)), [404, 'not_found'], path)
    }
    assert.deepEqual(await codeOf(await browser.fetch(`${alertStreamPath}?tenant=globex`)), [404, 'not_found'])
  }
  // Without a tenant named, nothing of the other is in any answer.
  for (const name of [
    'alerts',
    'alertGroups',
    'agents',
    'leastPrivilege',
    'approvals',
    'registryGaps',
    'overview',
    'policy',
    'rejections',
  ] as const) {
    const text = await (await eve.fetch(`${routes[name].path}${name === 'alerts' ? '?state=all' : ''}`)).text()
    assert.ok(!text.includes('globex'), `${name}: ${text.slice(0, 500)}`)
  }
  const searched = await eve.ask('alerts', { search: 'tenant:globex', state: 'all' })
  assert.deepEqual([searched.items, searched.total], [[], 0])
  const same = await eve.ask('alert', { id: own.id })
  assert.ok(same.alike.items.every(({ alert }) => alert.tenant === 'acme'))
  const { answers } = await eve.say('verdicts', {
    alerts: [{ id: others.id, revision: others.revision }],
    answer: 'false',
    reason: 'not mine',
  })
  assert.deepEqual([answers[0]?.accepted, answers[0]?.code], [false, 'not_found'])
  assert.deepEqual(await codeOf(await eve.fetch('/api/links', { method: 'POST' })), [403, 'not_allowed'])
  const { items: audited } = await eve.ask('audit')
  assert.ok(audited.length > 0 && audited.every(({ tenant }) => tenant === 'acme'))
})

test('whoever is removed, or gets another role or password, is signed out', async () => {
  for (const change of [
    () => up.addUser({ name: 'tom', role: 'viewer' }),
    () => up.addUser({ name: 'tom', role: 'analyst' }, 'another password of tom'),
    () => up.removeUser('tom'),
  ]) {
    await up.addUser({ name: 'tom', role: 'analyst' })
    const tom = await up.browser('tom')
    assert.equal((await tom.fetch('/api/alerts')).status, 200)
    await change()
    await up.until(async () => (await tom.fetch('/api/alerts')).status === 401)
  }
})

test('a viewer is refused by every route that asks for more, whatever the body, many at once, and changes nothing', async () => {
  const viewer = await up.browserOf('vi')
  const before = JSON.stringify(await alertsOf(viewer))
  const guarded = Object.entries(routes).filter(([, { role }]) => role !== null && role !== 'viewer')
  assert.ok(guarded.length >= 8 && guarded.some(([, { method }]) => method === 'POST'))
  const bodies = ['{}', 'null', '[1]', JSON.stringify({ alert_id: 'alr_x', assignee: 'vi', was: null })]
  await Promise.all(
    guarded.flatMap(([name, { method, path }]) =>
      (method === 'GET' ? [undefined] : bodies).map(async (body) => {
        const response = await viewer.fetch(path, { method, ...(body === undefined ? {} : { body }) })
        assert.deepEqual(await codeOf(response), [403, 'not_allowed'], `${name} ${body}`)
      }),
    ),
  )
  assert.equal(JSON.stringify(await alertsOf(viewer)), before)
})

test('what somebody sends to break it is refused, and the console goes on', async () => {
  const browser = await up.browserOf('vi')
  const long = 'x'.repeat(5_000)
  const hostile = [
    `/api/alerts?search=${long}`,
    `/api/alerts?cursor=${long}`,
    '/api/alerts?cursor=AAAA',
    `/api/alerts?cursor=${Buffer.from('["alerts gravest",[[1e99],[]]]').toString('base64url')}`,
    `/api/alerts?cursor=${Buffer.from('["alerts newest",[[1],["a","b"]]]').toString('base64url')}`,
    '/api/alerts?limit=100000',
    '/api/alerts?limit=-1',
    '/api/alerts?limit=1&limit=2',
    '/api/alerts?sort=gravest%3B%20DROP%20TABLE%20alerts',
    '/api/alerts?__proto__=1',
    '/api/alerts?search[]=x',
    `/api/alerts?search=${encodeURIComponent('a '.repeat(400))}`,
    '/api/alerts?search=nofield:x',
    '/api/alert?id=',
    `/api/agent?tenant=acme&agent=${long}`,
    '/api/explain?event=',
  ]
  for (const path of hostile) {
    const [status, code] = await codeOf(await browser.fetch(path))
    assert.deepEqual([status, code], [400, 'bad_request'], path.slice(0, 100))
  }
  const names = ["' OR 1=1 --", '\\', "a\\'b", '{tenant:String}', '../../etc/passwd', '%00', '\u202e', '🦊', '\n\t']
  for (const name of names) {
    const query = new URLSearchParams({ tenant: 'acme', agent: name })
    assert.deepEqual(await codeOf(await browser.fetch(`/api/agent?${query}`)), [404, 'not_found'], JSON.stringify(name))
    const alerts = await browser.fetch(
      `/api/alerts?${new URLSearchParams({ search: `agent:"${name.replace(/["\\]/g, '\\$&')}"` })}`,
    )
    assert.equal(alerts.status, 200, JSON.stringify(name))
    assert.deepEqual(((await alerts.json()) as { items: unknown[] }).items, [])
  }
  for (const path of [
    '/../../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/assets/../../keys/users.json',
    '//etc/passwd',
    '/api/../keys',
  ])
    assert.ok([400, 404].includes(await statusOf({ host: new URL(up.url).host }, path)), path)
  const eve = await up.browserOf('eve')
  for (const body of [
    '',
    '{',
    '[]',
    'null',
    '{"alerts":[]}',
    `{"alerts":[{"id":"alr_1","revision":1}],"answer":"restore","reason":"x"}`,
    `"${'x'.repeat(300_000)}"`,
  ]) {
    const response = await eve.fetch('/api/verdicts', { method: 'POST', body })
    assert.deepEqual(await codeOf(response), [400, 'bad_request'], body.slice(0, 50))
  }
  assert.equal((await browser.fetch('/api/alerts')).status, 200)
})

test('who asked what is written down, without a secret', async () => {
  const admin = createBrowser(up.url)
  await signIn(admin, { token: new URL(up.console.link()).hash.slice(1) })
  await admin.ask('alerts', { search: 'agent:bot' })
  const { items } = await admin.ask('audit')
  const [asked] = items.filter(({ route }) => route === 'alerts')
  assert.deepEqual(
    [asked?.user, asked?.method, asked?.subject, asked?.status],
    ['operator', 'link', 'search:agent:bot', 200],
  )
  assert.ok(items.some(({ route, status }) => route === 'signIn' && status === 401))
  const logged = up.logged()
  assert.match(logged, /"audit":true/)
  assert.ok(!logged.includes(password) && !logged.includes(admin.cookie.slice('straylight_session='.length)))
})
