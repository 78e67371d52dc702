import type { SignedIn, WhoAmI } from '@straylight/console/contract/sign-in'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useShortcuts } from './keyboard/shortcuts.tsx'
import { ShortcutsDialog } from './keyboard/shortcuts-dialog.tsx'
import { useIsPrinted } from './parts/use-is-printed.ts'
import { When } from './parts/when.tsx'

/** A page in the menu: name, address, and the key after `g`. */
type Place = readonly [string, string, string]

const watch: readonly Place[] = [
  ['Overview', '/', 'o'],
  ['Alerts', '/alerts', 'l'],
  ['Approvals', '/approvals', 'p'],
  ['Agents', '/agents', 'a'],
]
const look: readonly Place[] = [
  ['Explain an event', '/events/view', 'e'],
  ['Suppressions', '/suppressions', 's'],
  ['Rejections', '/rejections', 'j'],
  ['Registry gaps', '/registry-gaps', 'r'],
  ['Policy', '/policy', 'y'],
  ['Health', '/health', 'h'],
]

export interface FrameProps {
  readonly who: WhoAmI
  readonly signedIn: SignedIn
  readonly signOut: () => void
  readonly children: ReactNode
}

/** What stands round every page: where one can go, who is signed in, and the keys. */
export function Frame({ who, signedIn, signOut, children }: FrameProps): ReactNode {
  const [path, go] = useLocation()
  const [keysShown, setKeysShown] = useState(false)
  useShortcuts([
    { keys: '?', what: 'Show the keys', run: () => setKeysShown(true) },
    ...[...watch, ...look].map(([name, address, key]) => ({
      keys: `g ${key}`,
      what: `Go to ${name}`,
      run: () => go(address),
    })),
  ])
  const main = useFocusOnNewPage(path)
  return (
    <>
      <a className="skip" href="#content">
        Skip to the page
      </a>
      <div className="frame">
        <header className="side">
          <Link href="/" className="brand">
            <Mark />
            Straylight
          </Link>
          <Menu path={path}>
            <WhoIsIn who={who} signedIn={signedIn} signOut={signOut} showKeys={() => setKeysShown(true)} />
          </Menu>
        </header>
        <main id="content" tabIndex={-1} ref={main}>
          <PrintedLine of={who.deployment} by={signedIn.user} path={path} />
          {signedIn.signing.missing === null ? null : <SigningMissing missing={signedIn.signing.missing} />}
          {children}
        </main>
      </div>
      {keysShown ? <ShortcutsDialog onClose={() => setKeysShown(false)} /> : null}
    </>
  )
}

interface WhoIsInProps extends Omit<FrameProps, 'children'> {
  readonly showKeys: () => void
}

function WhoIsIn({ who, signedIn, signOut, showKeys }: WhoIsInProps): ReactNode {
  return (
    <div className="who">
      <div>
        <strong>{signedIn.user}</strong>, {signedIn.role}
        {signedIn.tenant === null ? '' : ` of ${signedIn.tenant}`}
        <div className="soft">
          until <When ms={signedIn.expires_at} />
        </div>
      </div>
      <div className="row">
        <button type="button" onClick={showKeys} aria-keyshortcuts="?">
          Keys
        </button>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </div>
      <div className="soft">
        {who.deployment} {who.version}
      </div>
    </div>
  )
}

/** Whose page it was, and when: on paper alone. */
function PrintedLine({ of, by, path }: { of: string | null; by: string; path: string }): ReactNode {
  // The time is that of printing.
  useIsPrinted()
  return (
    <p className="only-print">
      Straylight, {of}: {path}, printed by {by}, <When ms={Date.now()} />
    </p>
  )
}

const SigningMissing = ({ missing }: { missing: string }) => (
  <details className="note no-print">
    <summary>You can look, and not answer yet</summary>
    <p>{missing}</p>
  </details>
)

function Menu({ path, children }: { path: string; children: ReactNode }): ReactNode {
  const wide = useIsWide()
  const menu = (
    <>
      <nav aria-label="Pages">
        <Places name="Watch" places={watch} path={path} />
        <Places name="Look into" places={look} path={path} />
      </nav>
      {children}
    </>
  )
  if (wide) return menu
  return (
    <details className="menu" key={path}>
      <summary>Pages</summary>
      {menu}
    </details>
  )
}

function Places({ name, places, path }: { name: string; places: readonly Place[]; path: string }): ReactNode {
  const here = (address: string) => (address === '/' ? path === '/' : path.startsWith(address))
  return (
    <>
      <div className="group">{name}</div>
      <ul>
        {places.map(([title, address, key]) => (
          <li key={address}>
            <Link
              href={address}
              className="place"
              aria-current={here(address) ? 'page' : undefined}
              aria-keyshortcuts={`g ${key}`}
            >
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}

const wideQuery = '(min-width: 861px)'

function useIsWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia(wideQuery).matches)
  useEffect(() => {
    const query = matchMedia(wideQuery)
    const changed = () => setWide(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  return wide
}

/** A new page begins at its top, for the eye and for the keyboard. The first page leaves the focus where the browser put it. */
function useFocusOnNewPage(path: string) {
  const main = useRef<HTMLElement>(null)
  const before = useRef(path)
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    window.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path])
  return main
}

const Mark = () => (
  <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="#17457f" />
    <path d="M4 20h7l3-9 4 14 3-9h7" fill="none" stroke="#fff" strokeWidth="2.5" strokeLinejoin="round" />
  </svg>
)
