import type { WhoAmI } from '@straylight/console/contract/sign-in'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { type ApiFault, faultOf, queryText, say } from '../api/call-api.ts'
import { FaultNote } from '../api/use-loaded.tsx'
import { useTitle } from '../parts/use-title.ts'

export interface SignInPageProps {
  readonly who: WhoAmI
  readonly onSignedIn: (who: WhoAmI) => void
}

/** Signs in: by the one-time link, whose token stands after `#` and never reaches a server's log, or by name and password. */
export function SignInPage({ who, onSignedIn }: SignInPageProps): ReactNode {
  const [fault, setFault] = useState<ApiFault>()
  const [token] = useState(() => location.hash.slice(1))
  useTitle('Sign in')
  const used = useRef(false)
  const signIn = (body: Parameters<typeof say<'signIn'>>[1]) => {
    setFault(undefined)
    say('signIn', body).then(onSignedIn, (error: unknown) => setFault(faultOf(error)))
  }
  const latest = useRef(signIn)
  latest.current = signIn
  useEffect(() => {
    if (token === '' || used.current) return
    used.current = true
    // The token leaves the address at once: it works one time and must not stay in the history.
    history.replaceState(null, '', location.pathname)
    latest.current({ token })
  }, [token])
  return (
    <main className="sign-in" id="content" tabIndex={-1}>
      <div className="block">
        <h1>Straylight</h1>
        {fault === undefined ? null : <FaultNote fault={fault} />}
        {who.refused === null || fault !== undefined ? null : (
          <div className="note grave" role="alert">
            <p>{who.refused}</p>
          </div>
        )}
        {token !== '' && fault === undefined ? <p role="status">Signs in…</p> : null}
        {token === '' || fault !== undefined ? <SignInWays who={who} signIn={signIn} /> : null}
      </div>
    </main>
  )
}

function SignInWays({
  who,
  signIn,
}: {
  who: WhoAmI
  signIn: (body: { user: string; password: string } | { token: string }) => void
}): ReactNode {
  return (
    <>
      {who.oidc === null ? null : (
        <p>
          <a className="button first" href={beginAt(who.oidc.url)}>
            Sign in at {who.oidc.host}
          </a>
        </p>
      )}
      {who.ways.includes('password') ? <PasswordForm signIn={signIn} /> : null}
      {who.ways.includes('link') ? (
        <p>
          {who.ways.length > 1 ? 'Or open' : 'Open'} the link that <code>straylight up</code> printed when it started.
          It works once; the program prints a new one when it starts again.
        </p>
      ) : null}
    </>
  )
}

/** Back to the page that somebody wanted to see. */
function beginAt(url: string): string {
  const { pathname, search } = location
  return pathname === '/' || pathname === '/sign-in' ? url : `${url}${queryText({ return: `${pathname}${search}` })}`
}

function PasswordForm({ signIn }: { signIn: (body: { user: string; password: string }) => void }): ReactNode {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn({ user, password })
  }
  return (
    <form className="stack" onSubmit={submit}>
      <label htmlFor="user">Name</label>
      <input
        id="user"
        required
        maxLength={100}
        autoComplete="username"
        value={user}
        onChange={(event) => setUser(event.target.value)}
      />
      <label htmlFor="password">Password</label>
      <input
        id="password"
        type="password"
        required
        maxLength={1000}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <button type="submit" className="first">
        Sign in
      </button>
    </form>
  )
}
