import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WhoAmI } from '@straylight/console/contract/sign-in'
import { fetchByTls } from '../test-support/fetch-by-tls.ts'
import { freePort } from '../test-support/free-port.ts'
import { type Program, startProgram, until } from '../test-support/program.ts'
import { straylight } from '../test-support/straylight.ts'
import { makeTestCertificate, type TestCertificate } from '../test-support/test-certificate.ts'
import { startTlsFront, type TlsFront } from '../test-support/tls-front.ts'
import { createWebVisitor, type WebVisitor } from '../test-support/web-visitor.ts'

// The console as others reach it: the program with a certificate of its own, and behind a proxy that ends TLS.

let folder: string
let certificate: TestCertificate
const programs: Program[] = []
let front: TlsFront | undefined
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-tls-'))
  certificate = await makeTestCertificate(folder, ['straylight.test', 'localhost'])
})
after(async () => {
  for (const program of programs) await program.kill()
  await front?.close()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const hostCookie = /^__Host-straylight_session=[\w-]{43}; SameSite=Strict; Max-Age=43200; Path=\/; HttpOnly; Secure$/
const visitor = () => createWebVisitor(fetchByTls(certificate.cert))

/** The program, up, and the settings with which its shell finds it. */
async function started(name: string, more: Record<string, string>) {
  const settings = { STRAYLIGHT_DATA: join(folder, name), STRAYLIGHT_LOG_LEVEL: 'info', ...more }
  const program = startProgram(['up'], settings)
  programs.push(program)
  await program.url
  await until('the console listens', async () => (await straylight(['status'], settings)).code === 0)
  return { program, settings }
}

async function linkOf(settings: Record<string, string>): Promise<URL> {
  const { code, out, err } = await straylight(['link', '--json'], settings)
  assert.equal(code, 0, err)
  return new URL((JSON.parse(out) as { url: string }).url)
}

/** Signs in by a link as its page does. */
async function signInByLink(browser: WebVisitor, link: URL, origin = link.origin): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    'x-straylight-console': '1',
    origin,
    'sec-fetch-site': 'same-origin',
  }
  const body = JSON.stringify({ token: link.hash.slice(1) })
  return browser.open(`${link.origin}/api/sign-in`, { method: 'POST', headers, body })
}

async function checkSecure(settings: Record<string, string>, publicUrl: string): Promise<void> {
  const link = await linkOf(settings)
  assert.equal(link.origin, publicUrl)
  const browser = visitor()
  const page = await browser.open(`${publicUrl}/sign-in`)
  assert.equal(page.headers.get('strict-transport-security'), 'max-age=31536000')
  const others = await signInByLink(visitor(), await linkOf(settings), 'https://evil.example')
  assert.equal(others.status, 403)
  const plain = await signInByLink(visitor(), await linkOf(settings), publicUrl.replace('https', 'http'))
  assert.equal(plain.status, 403, 'a page of the same name without TLS is another site')
  const answer = await signInByLink(browser, link)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('set-cookie') ?? '', hostCookie)
  assert.equal((await browser.open(`${publicUrl}/api/overview`)).status, 200)
  // A neighbour below the same domain can plant a cookie without the prefix, and nobody reads it.
  const planted = visitor()
  const token = browser.cookies.get(new URL(publicUrl).host)?.get('__Host-straylight_session')
  const asked = await planted.open(`${publicUrl}/api/overview`, { headers: { cookie: `straylight_session=${token}` } })
  assert.equal(asked.status, 401)
  const out = await browser.open(`${publicUrl}/api/sign-in`, {
    method: 'DELETE',
    headers: { 'x-straylight-console': '1', origin: publicUrl },
  })
  assert.match(
    out.headers.get('set-cookie') ?? '',
    /^__Host-straylight_session=; .*Max-Age=0; Path=\/; HttpOnly; Secure$/,
  )
  assert.equal(WhoAmI.parse(await out.json()).signed_in, null)
}

test('with a certificate of its own: links, cookies and the shell', async () => {
  const port = await freePort()
  const { settings, program } = await started('own', {
    STRAYLIGHT_CONSOLE_PORT: String(port),
    STRAYLIGHT_CONSOLE_URL: `https://localhost:${port}`,
    STRAYLIGHT_CONSOLE_TLS_CERT: certificate.certFile,
    STRAYLIGHT_CONSOLE_TLS_KEY: certificate.keyFile,
  })
  await checkSecure(settings, `https://localhost:${port}`)
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), 'it speaks TLS alone')
  await program.stop()
})

test('behind a proxy that ends TLS, whether or not it passes the name on', async () => {
  const [outside, inside] = [await freePort(), await freePort()]
  front = await startTlsFront(outside, inside, certificate)
  const publicUrl = `https://straylight.test:${outside}`
  const { settings } = await started('behind', {
    STRAYLIGHT_CONSOLE_PORT: String(inside),
    STRAYLIGHT_CONSOLE_URL: publicUrl,
  })
  for (const passesName of [true, false]) {
    front.passesName = passesName
    await checkSecure(settings, publicUrl)
  }
  // Whoever writes headers of proxies changes nothing of where links lead.
  const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' }
  const page = await visitor().open(`${publicUrl}/sign-in`, { headers: forged })
  assert.ok(!JSON.stringify([...page.headers]).includes('evil'))
  assert.equal((await linkOf(settings)).origin, publicUrl)
  const other = await visitor().open(`${publicUrl}/api/sign-in`, { headers: { 'sec-fetch-site': 'same-site' } })
  assert.equal(other.status, 403, 'a neighbour below the same domain is another site')
})

test('a certificate that cannot be used is said before anything starts', async () => {
  const base = { STRAYLIGHT_DATA: join(folder, 'none'), STRAYLIGHT_CONSOLE_PORT: '0' }
  const wrong: [Record<string, string>, RegExp][] = [
    [{ STRAYLIGHT_CONSOLE_TLS_CERT: certificate.certFile }, /go together: set both or none/],
    [
      { STRAYLIGHT_CONSOLE_TLS_CERT: join(folder, 'no.pem'), STRAYLIGHT_CONSOLE_TLS_KEY: certificate.keyFile },
      /Cannot read .*no\.pem.*PEM files/,
    ],
    [
      { STRAYLIGHT_CONSOLE_TLS_CERT: certificate.keyFile, STRAYLIGHT_CONSOLE_TLS_KEY: certificate.certFile },
      /STRAYLIGHT_CONSOLE_TLS_CERT/,
    ],
  ]
  for (const [settings, expected] of wrong) {
    const program = startProgram(['up'], { ...base, ...settings })
    programs.push(program)
    assert.ok(![0, null].includes((await program.ended) as number))
    assert.match(program.said(), expected)
  }
})
