// A stranger's Markdown on the page. Addresses are shown, not followed: a link could lie about where it leads.
import { Fragment, useMemo } from 'react';

import { inline, parseMarkdown, type Block, type Piece } from './markdown';

const kMostText = 256 * 1024; // what the server reads at most

function Pieces({ pieces }: { pieces: Piece[] }) {
  return pieces.map((piece, i) => {
    switch (piece.kind) {
      case 'text':
        return <Fragment key={i}>{piece.text}</Fragment>;
      case 'code':
        return (
          <code key={i} className="break-words rounded bg-raised px-1">
            {piece.text}
          </code>
        );
      case 'strong':
        return (
          <strong key={i}>
            <Pieces pieces={piece.pieces} />
          </strong>
        );
      case 'em':
        return (
          <em key={i}>
            <Pieces pieces={piece.pieces} />
          </em>
        );
      case 'image':
        return (
          <span key={i} className="text-muted">
            [picture: {piece.text || piece.address}]
          </span>
        );
      case 'link':
        return (
          <span key={i} title={piece.address}>
            <Pieces pieces={piece.pieces} />
            {/^https?:/.test(piece.address) && piece.address !== piece.text && (
              <span className="break-all text-muted"> ({piece.address})</span>
            )}
          </span>
        );
    }
  });
}

// One line of it, such as what an action does.
export const MarkdownLine = ({ text }: { text: string }) => <Pieces pieces={inline(text)} />;

// One level below the headings of the page.
function Heading({ level, pieces }: { level: number; pieces: Piece[] }) {
  const Tag = (['h3', 'h4', 'h5'] as const)[Math.min(level, 3) - 1]!;
  const size = ['text-lg', 'text-base', 'text-sm'][Math.min(level, 3) - 1];
  return (
    <Tag className={`mt-3 font-serif font-semibold first:mt-0 ${size}`}>
      <Pieces pieces={pieces} />
    </Tag>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return <Heading level={block.level} pieces={block.pieces} />;
    case 'paragraph':
      return (
        <p>
          <Pieces pieces={block.pieces} />
        </p>
      );
    case 'quote':
      return (
        <blockquote className="border-l-4 border-line pl-3 text-muted">
          <Pieces pieces={block.pieces} />
        </blockquote>
      );
    case 'code':
      return (
        <pre
          tabIndex={0}
          role="region"
          aria-label="Code"
          className="overflow-x-auto rounded-md bg-raised p-3 text-xs leading-5"
        >
          {block.text}
        </pre>
      );
    case 'list':
      return (
        <ul className="grid gap-1">
          {block.items.map((item, i) => (
            <li key={i} className="flex gap-2" style={{ marginLeft: `${item.depth * 1.25}rem` }}>
              <span aria-hidden="true" className="select-none text-muted">
                {item.mark}
              </span>
              <span className="min-w-0">
                <Pieces pieces={item.pieces} />
              </span>
            </li>
          ))}
        </ul>
      );
    case 'table':
      return (
        <div tabIndex={0} role="region" aria-label="Table" className="overflow-x-auto">
          <table className="w-full text-sm">
            <thead>
              <tr className="border-b border-line text-left">
                {block.head.map((cell, i) => (
                  <th key={i} scope="col" className="py-1.5 pr-4 align-top font-medium">
                    <Pieces pieces={cell} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, i) => (
                <tr key={i} className="border-b border-line align-top last:border-0">
                  {row.map((cell, j) => (
                    <td key={j} className="break-words py-1.5 pr-4">
                      <Pieces pieces={cell} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case 'rule':
      return <hr className="border-line" />;
  }
}

export function MarkdownView({ text }: { text: string }) {
  const blocks = useMemo(() => parseMarkdown(text.slice(0, kMostText)), [text]);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3 text-sm leading-relaxed" data-testid="markdown">
      {blocks.map((block, i) => (
        <BlockView key={i} block={block} />
      ))}
    </div>
  );
}
