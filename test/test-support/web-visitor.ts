/** A browser without a screen: it keeps cookies by host and path-blind, follows redirects, and fills in forms. */
export interface WebVisitor {
  readonly cookies: Map<string, Map<string, string>>
  /** One request; redirects are not followed. */
  open(url: string, init?: RequestInit): Promise<Response>
  /** Follows redirects, up to one that `until` names. */
  follow(url: string, until?: (url: URL) => boolean): Promise<{ url: string; response: Response | undefined }>
}

const hopsMax = 20

export function createWebVisitor(send: typeof fetch = fetch): WebVisitor {
  const cookies: WebVisitor['cookies'] = new Map()
  const open: WebVisitor['open'] = async (url, init = {}) => {
    const { host } = new URL(url)
    const own = cookies.get(host) ?? new Map<string, string>()
    cookies.set(host, own)
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...(init.headers as Record<string, string> | undefined) }
    const response = await send(url, { ...init, headers, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) keep(own, set)
    return response
  }
  return {
    ...{ cookies, open },
    follow: async (from, until = () => false) => {
      let url = from
      for (let hop = 0; hop < hopsMax; hop += 1) {
        if (until(new URL(url))) return { url, response: undefined }
        const response = await open(url)
        const to = response.headers.get('location')
        if (to === null) return { url, response }
        url = new URL(to, url).href
      }
      throw new Error(`more than ${hopsMax} redirects from ${from}`)
    },
  }
}

function keep(own: Map<string, string>, set: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
  const isOver = /max-age=0\b/i.test(set) || /expires=Thu, 01 Jan 1970/i.test(set)
  if (isOver) own.delete(name)
  else own.set(name, value)
}
