// The frame around every page: header with navigation and the count of open approvals; and the page that the address
// names.
import { Suspense } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';

import { useApprovals, useHealth, useLiveApprovals, useRecoveries } from './api/queries';
import { ApprovalsPage } from './pages/approvals';
import { OverviewPage } from './pages/overview';
import { RunsPage } from './pages/runs';
import { WorkflowsPage } from './pages/workflows';
import { Boundary, lazyPage } from './ui/boundary';
import { Empty, Loading } from './ui/feedback';
import { ThemeButton } from './ui/theme';
import { useWaitingTitle } from './ui/title';

// Heavy parts come when they are needed.
const RunPage = lazyPage(() => import('./pages/run'));
const AgentsPage = lazyPage(() => import('./pages/agents'));
const ArchitecturePage = lazyPage(() => import('./pages/architecture'));
const ComparePage = lazyPage(() => import('./pages/compare'));
const BuilderPage = lazyPage(() => import('./pages/builder/builder'));

const kWide = /^\/(workflows|runs)\/.|^\/architecture/; // pages that are drawings
const kPages = [
  { href: '/', label: 'Overview' },
  { href: '/workflows', label: 'Workflows' },
  { href: '/runs', label: 'Runs' },
  { href: '/approvals', label: 'Approvals' },
  { href: '/agents', label: 'Agents' },
  { href: '/architecture', label: 'Architecture' },
];

function Navigation({ waiting }: { waiting: number }) {
  const [location] = useLocation();
  return (
    <nav aria-label="Main" className="-mx-2 flex w-full flex-wrap gap-x-0.5 gap-y-0.5 md:mx-0 md:w-auto md:gap-1">
      {kPages.map(({ href, label }) => {
        const here = href === '/' ? location === '/' : location.startsWith(href);
        return (
          <Link
            key={href}
            href={href}
            aria-current={here ? 'page' : undefined}
            className={`target inline-flex items-center rounded-md px-2 py-1.5 text-sm text-ink hover:bg-raised hover:no-underline md:px-3 ${here ? 'bg-sand font-medium' : ''}`}
          >
            {label}
            {href === '/approvals' && waiting > 0 && (
              <span
                className="ml-2 rounded-full bg-waiting px-1.5 py-0.5 text-xs font-semibold text-surface"
                data-testid="approval-count"
              >
                {waiting}
                <span className="sr-only"> waiting</span>
              </span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}

function Offline() {
  const health = useHealth();
  const text = health.isError
    ? 'The server cannot be reached. What you see may be old; this page tries again by itself.'
    : health.data && health.data.status !== 'ok'
      ? 'A part of the server is down; see the overview.'
      : null;
  return text === null ? null : (
    <p role="status" className="bg-waiting px-4 py-1.5 text-center text-sm text-surface">
      {text}
    </p>
  );
}

export function App() {
  useLiveApprovals();
  const [location] = useLocation();
  const recoveries = useRecoveries();
  const approvals = useApprovals('PENDING');
  const waiting = approvals.data?.length ?? 0;
  const width = kWide.test(location) ? 'max-w-[160rem]' : 'max-w-page';
  useWaitingTitle(waiting);

  return (
    <div className="flex min-h-screen flex-col">
      <a href="#main" className="sr-only focus:not-sr-only focus:p-3">
        Skip to the content
      </a>
      <Offline />
      <header className="border-b border-line bg-surface">
        <div className={`mx-auto flex ${width} flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3`}>
          <Link
            href="/"
            className="mr-auto flex items-center gap-2 font-serif text-lg font-semibold text-ink hover:no-underline md:mr-0"
          >
            <img src="/favicon.svg" alt="" width="24" height="24" />
            commandcenter
          </Link>
          <div className="flex items-center gap-2 text-sm md:order-last md:ml-auto">
            <a href="/docs" className="target inline-flex items-center rounded-md px-2 py-1 hover:bg-raised">
              API
            </a>
            <ThemeButton />
          </div>
          <Navigation waiting={waiting} />
        </div>
      </header>
      <main id="main" tabIndex={-1} className={`mx-auto flex w-full flex-1 flex-col px-4 py-6 outline-none ${width}`}>
        <Boundary key={location} recoveries={recoveries}>
          <Suspense fallback={<Loading what="the page" />}>
            <Switch>
              <Route path="/" component={OverviewPage} />
              <Route path="/workflows" component={WorkflowsPage} />
              <Route path="/workflows/new">{() => <BuilderPage />}</Route>
              <Route path="/workflows/:id">{({ id }) => <BuilderPage id={id} key={id} />}</Route>
              <Route path="/runs" component={RunsPage} />
              <Route path="/runs/:id">{({ id }) => <RunPage id={id} key={id} />}</Route>
              <Route path="/architecture">{() => <ArchitecturePage />}</Route>
              <Route path="/compare">{() => <ComparePage />}</Route>
              <Route path="/approvals">{() => <ApprovalsPage />}</Route>
              <Route path="/approvals/:id">{({ id }) => <ApprovalsPage id={id} />}</Route>
              <Route path="/agents">{() => <AgentsPage />}</Route>
              <Route path="/agents/:id">{({ id }) => <AgentsPage id={id} />}</Route>
              <Route path="/index.html">
                <Redirect to="/" />
              </Route>
              <Route>
                <Empty title="There is no such page">
                  The address may be misspelt, or what it named was removed. <Link href="/">Go to the overview</Link>.
                </Empty>
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
}
