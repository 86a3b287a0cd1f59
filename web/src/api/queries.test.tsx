import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { get } from './client';
import { keys, useRecoveries } from './queries';

describe('a server that was away', () => {
  afterEach(() => vi.unstubAllGlobals());
  it('is asked again, when it is back, for what it could not answer', async () => {
    let isAway = true;
    const answer = () => new Response(JSON.stringify({ executor: 'up', status: 'ok' }));
    vi.stubGlobal('fetch', () => (isAway ? Promise.reject(new TypeError('no')) : Promise.resolve(answer())));
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const { result } = renderHook(
      () => ({ count: useRecoveries(), page: useQuery({ queryKey: ['page'], queryFn: () => get('/api/page') }) }),
      { wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider> },
    );
    await waitFor(() => expect(client.getQueryState(keys.health)?.status).toBe('error'));
    await waitFor(() => expect(result.current.page.isError).toBe(true));
    expect(result.current.count).toBe(0);
    isAway = false;
    await act(() => client.refetchQueries({ queryKey: keys.health }));
    await waitFor(() => expect(result.current.count).toBe(1));
    await waitFor(() => expect(result.current.page.isSuccess).toBe(true));
  });
});
