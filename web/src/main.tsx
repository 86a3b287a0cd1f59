import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app';
import { ApiError } from './api/client';
import { Toasts } from './ui/toast';
import { applyTheme } from './ui/theme';
import './styles.css';

applyTheme();

const client = new QueryClient({
  defaultOptions: {
    // The server may well be on this machine: whether the browser thinks that it is online does not matter.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 1_000,
      // What the client got wrong stays wrong; only an unreachable or overloaded server is asked again.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
    },
  },
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Toasts>
        <App />
      </Toasts>
    </QueryClientProvider>
  </StrictMode>,
);
