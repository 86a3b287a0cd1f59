// What drawings of hundreds of steps have in common: arrows are one line, since an element for each of a thousand costs
// the browser more than all the rest, and text that is too small to read is not there.
import { Position, ViewportPortal, getBezierPath } from '@xyflow/react';
import { memo } from 'react';

import { kNodeHeight, kNodeWidth, type Arrow, type Point } from './layout';

export const kManyNodes = 100; // above that a drawing saves work
export const kReadable = 0.45; // zoom from which text is shown

// They are seen, not touched. Both must stay the same objects as long as nothing moves.
export const Arrows = memo(function Arrows({ arrows, places }: { arrows: Arrow[]; places: Map<string, Point> }) {
  const lines = arrows.map(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (!a || !b) return '';
    const [path] = getBezierPath({
      sourceX: a.x + kNodeWidth,
      sourceY: a.y + kNodeHeight / 2,
      sourcePosition: Position.Right,
      targetX: b.x,
      targetY: b.y + kNodeHeight / 2,
      targetPosition: Position.Left,
    });
    return path;
  });
  return (
    <ViewportPortal>
      <svg className="pointer-events-none absolute left-0 top-0 overflow-visible" style={{ zIndex: -1 }}>
        <path d={lines.join('')} fill="none" stroke="rgb(var(--muted))" />
      </svg>
    </ViewportPortal>
  );
});
