import type { WhoAmI } from '@straylight/console/contract/sign-in'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { type ApiFault, ask, faultOf, say } from './api/call-api.ts'
import { FaultNote } from './api/use-loaded.tsx'
import { Frame } from './frame.tsx'
import { ShortcutsProvider } from './keyboard/shortcuts.tsx'
import { AgentDetailPage } from './pages/agent-detail-page.tsx'
import { AgentsPage } from './pages/agents-page.tsx'
import { AlertDetailPage } from './pages/alert-detail-page.tsx'
import { AlertsPage } from './pages/alerts-page.tsx'
import { ApprovalsPage } from './pages/approvals-page.tsx'
import { EventPage } from './pages/event-page.tsx'
import { HealthPage } from './pages/health-page.tsx'
import { OverviewPage } from './pages/overview-page.tsx'
import { PolicyPage } from './pages/policy-page.tsx'
import { RegistryGapsPage } from './pages/registry-gaps-page.tsx'
import { RejectionsPage } from './pages/rejections-page.tsx'
import { SessionPage } from './pages/session-page.tsx'
import { SignInPage } from './pages/sign-in-page.tsx'
import { SuppressionsPage } from './pages/suppressions-page.tsx'
import { useTitle } from './parts/use-title.ts'

/** Asks who is signed in, and shows the page of the address or the way in. */
export function App(): ReactNode {
  const [who, setWho] = useState<WhoAmI>()
  const [fault, setFault] = useState<ApiFault>()
  const [path, go] = useLocation()
  useEffect(() => {
    ask('whoAmI', {}).then(setWho, (error: unknown) => setFault(faultOf(error)))
  }, [])
  if (fault !== undefined)
    return (
      <main>
        <FaultNote fault={fault} />
      </main>
    )
  if (who === undefined) return <Loading />
  if (who.signed_in === null || path === '/sign-in')
    return (
      <SignInPage
        who={who}
        onSignedIn={(now) => {
          setWho(now)
          if (path === '/sign-in') go('/', { replace: true })
        }}
      />
    )
  const signOut = () => {
    say('signOut', undefined).then(
      (now) => {
        setWho(now)
        // Else the provider would sign in the next one at this screen without a question.
        if (now.sign_out_url !== null) location.assign(now.sign_out_url)
      },
      () => location.reload(),
    )
  }
  return (
    <ShortcutsProvider>
      <Frame who={who} signedIn={who.signed_in} signOut={signOut}>
        <Pages />
      </Frame>
    </ShortcutsProvider>
  )
}

/** The same that `index.html` shows before a script has run. */
const Loading = () => (
  <p className="loading" role="status">
    Loading the console…
  </p>
)

function Pages(): ReactNode {
  return (
    <Switch>
      <Route path="/" component={OverviewPage} />
      <Route path="/alerts" component={AlertsPage} />
      <Route path="/alerts/:id">{({ id }) => <AlertDetailPage key={id} id={decodeURIComponent(id)} />}</Route>
      <Route path="/agents" component={AgentsPage} />
      <Route path="/agents/view" component={AgentDetailPage} />
      <Route path="/sessions/view" component={SessionPage} />
      <Route path="/events/view" component={EventPage} />
      <Route path="/approvals" component={ApprovalsPage} />
      <Route path="/suppressions" component={SuppressionsPage} />
      <Route path="/rejections" component={RejectionsPage} />
      <Route path="/registry-gaps" component={RegistryGapsPage} />
      <Route path="/policy" component={PolicyPage} />
      <Route path="/health" component={HealthPage} />
      <Route>
        <NoSuchPage />
      </Route>
    </Switch>
  )
}

function NoSuchPage(): ReactNode {
  useTitle('No such page')
  return (
    <div className="page">
      <h1>There is no such page</h1>
      <p>
        The address may be cut. Begin at the <Link href="/">overview</Link>.
      </p>
    </div>
  )
}
