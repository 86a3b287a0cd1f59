// What the author of an agent wrote about it.
import { useQuery } from '@tanstack/react-query';

import { get, path } from '../../api/client';
import { Loaded } from '../../ui/feedback';
import { MarkdownView } from '../../ui/markdown_view';

export function AgentReadme({ agentId, empty }: { agentId: string; empty: string }) {
  const readme = useQuery({
    queryKey: ['agents', agentId, 'readme'],
    queryFn: () => get<{ text: string | null }>(path`/api/agents/${agentId}/readme`),
    staleTime: 60_000,
  });
  return (
    <Loaded query={readme} what="what its author wrote">
      {({ text }) => (text === null ? <p className="text-sm text-muted">{empty}</p> : <MarkdownView text={text} />)}
    </Loaded>
  );
}
