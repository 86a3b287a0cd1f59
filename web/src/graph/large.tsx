// What drawings of hundreds of steps have in common: arrows are one line, since an element for each of a thousand costs
// the browser more than all the rest, and text that is too small to read is not there.
import { Position, ViewportPortal, getBezierPath } from '@xyflow/react';
import { memo, type ReactNode } from 'react';

import { kNodeHeight, kNodeWidth, type Arrow, type Point } from './layout';

export const kManyNodes = 100; // above that a drawing saves work
export const kReadable = 0.45; // zoom from which text is shown
const kComfortable = 0.6; // the same where there are few, whose names are shown large below it

// What a step of a drawing shows: everything, its name alone in letters large enough, or a mark.
export const detailAt = (zoom: number, isOneOfMany: boolean): 'all' | 'name' | 'mark' =>
  zoom >= (isOneOfMany ? kReadable : kComfortable) ? 'all' : isOneOfMany ? 'mark' : 'name';

export function LargeName({ name, children }: { name: string; children?: ReactNode }) {
  return (
    <span className="flex h-full items-center justify-center gap-2 text-[26px] leading-none" title={name}>
      {children}
      <span className="truncate py-1 font-medium">{name}</span>
    </span>
  );
}

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
