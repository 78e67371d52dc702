import { createWebVisitor, type WebVisitor } from './web-visitor.ts'

/** Goes from the console to the provider and signs in there as somebody; ends before the browser is led back. */
export async function atProvider(visitor: WebVisitor, consoleUrl: string, who: string, begin = ''): Promise<string> {
  const isBack = (url: URL): boolean =>
    url.origin === new URL(consoleUrl).origin && url.pathname === '/sign-in/oidc/back'
  const began = await visitor.open(`${consoleUrl}/sign-in/oidc${begin}`)
  let to = began.headers.get('location') ?? ''
  if (began.status !== 303 || new URL(to, consoleUrl).origin === new URL(consoleUrl).origin)
    throw new Error(`the console led to ${to} (${began.status})`)
  for (let page = 0; page < 5; page += 1) {
    const { url, response } = await visitor.follow(to, isBack)
    if (response === undefined) return url
    const html = await response.text()
    const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1]
    const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1]
    if (action === undefined || prompt === undefined)
      throw new Error(`${url}: ${response.status} ${html.slice(0, 500)}`)
    const body = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login: who, password: 'any' } : {}) })
    const sent = await visitor.open(new URL(action, url).href, { method: 'POST', body })
    to = new URL(sent.headers.get('location') ?? '', url).href
  }
  throw new Error('the provider asks without end')
}

/** A whole sign-in; the answer of the console to the browser that came back. */
export async function signInAt(
  consoleUrl: string,
  who: string,
  { visitor = createWebVisitor(), begin = '' }: { visitor?: WebVisitor; begin?: string } = {},
): Promise<{ visitor: WebVisitor; response: Response }> {
  const back = await atProvider(visitor, consoleUrl, who, begin)
  return { visitor, response: await visitor.open(back) }
}
