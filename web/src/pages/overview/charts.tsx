// Small charts of the last hours: outcomes as stacked bars, durations as two lines. Failed runs are hatched, so that no
// colour has to be told from another.
import type { Overview, Tally } from '../../api/types';
import { formatDuration } from '../../ui/time';

type Bucket = Overview['buckets'][number];

const kWidth = 480;
const kHeight = 120;

function counts(tally: Tally): string {
  const words = (['succeeded', 'failed', 'cancelled'] as const)
    .filter((word) => tally[word] > 0)
    .map((word) => `${tally[word].toLocaleString()} ${word}`);
  return words.join(', ') || 'no run';
}

const title = (bucket: Bucket) => `from ${new Date(bucket.at).toLocaleString()}: ${counts(bucket)}`;

const durations = ({ p50Ms, p95Ms }: Tally) =>
  p50Ms === null ? '' : `half took at most ${formatDuration(p50Ms)}, 95 % at most ${formatDuration(p95Ms ?? 0)}`;

function Axis({ span }: { span: string }) {
  return (
    <p className="mt-1 flex justify-between text-xs text-muted">
      <span>{span.replace('the last ', '')} ago</span>
      <span>now</span>
    </p>
  );
}

export function OutcomeChart({ overview, span }: { overview: Overview; span: string }) {
  const { buckets, runs } = overview;
  const most = Math.max(1, ...buckets.map((one) => one.succeeded + one.failed + one.cancelled));
  const step = kWidth / buckets.length;
  const rise = (count: number) => (count / most) * (kHeight - 4);
  return (
    <section className="card p-5" aria-labelledby="outcomes">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id="outcomes">Runs</h2>
        <p className="flex flex-wrap gap-x-4 text-xs text-muted">
          <span>
            <span aria-hidden="true" className="mr-1 inline-block h-2.5 w-2.5 rounded-sm bg-success" />
            {runs.succeeded.toLocaleString()} succeeded
          </span>
          <span>
            <svg aria-hidden="true" className="mr-1 inline-block" width="10" height="10">
              <rect width="10" height="10" fill="url(#failed)" />
            </svg>
            {runs.failed.toLocaleString()} failed
          </span>
          <span>
            <span aria-hidden="true" className="mr-1 inline-block h-2.5 w-2.5 rounded-sm border border-idle" />
            {runs.cancelled.toLocaleString()} cancelled
          </span>
        </p>
      </div>
      <svg
        viewBox={`0 0 ${kWidth} ${kHeight}`}
        className="mt-3 h-28 w-full"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Runs within ${span}: ${counts(runs)}`}
      >
        <defs>
          <pattern id="failed" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="4" height="4" className="fill-removed" />
            <rect width="2" height="4" className="fill-danger" />
          </pattern>
        </defs>
        <line x1="0" x2={kWidth} y1={kHeight - 0.5} y2={kHeight - 0.5} className="stroke-line" />
        {buckets.map((bucket, i) => {
          const good = rise(bucket.succeeded);
          const bad = rise(bucket.failed);
          const gone = rise(bucket.cancelled);
          const box = { x: i * step + 2, width: step - 4 };
          return (
            <g key={bucket.at}>
              <title>{title(bucket)}</title>
              <rect x={i * step} width={step} height={kHeight} fill="transparent" />
              <rect {...box} y={kHeight - good} height={good} className="fill-success" />
              <rect {...box} y={kHeight - good - bad} height={bad} fill="url(#failed)" />
              <rect {...box} y={kHeight - good - bad - gone} height={gone} className="fill-transparent stroke-idle" />
            </g>
          );
        })}
      </svg>
      <Axis span={span} />
    </section>
  );
}

// Points of a line; where nothing ran there is a gap.
export function segments(values: (number | null)[], longest: number): { x: number; y: number }[][] {
  const found: { x: number; y: number }[][] = [];
  let open: { x: number; y: number }[] | null = null;
  values.forEach((value, i) => {
    if (value === null) {
      open = null;
      return;
    }
    if (!open) found.push((open = []));
    const rise = Math.log1p(value) / Math.log1p(Math.max(1, longest));
    open.push({ x: ((i + 0.5) * kWidth) / values.length, y: kHeight - 4 - rise * (kHeight - 12) });
  });
  return found;
}

export function DurationChart({ overview, span }: { overview: Overview; span: string }) {
  const { buckets, runs } = overview;
  const longest = Math.max(1, ...buckets.map((one) => one.p95Ms ?? 0));
  const lines = [
    { name: 'p95', values: buckets.map((one) => one.p95Ms), dashed: true },
    { name: 'p50', values: buckets.map((one) => one.p50Ms), dashed: false },
  ];
  return (
    <section className="card p-5" aria-labelledby="durations">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id="durations">Durations</h2>
        <p className="flex gap-x-4 text-xs text-muted">
          {[...lines].reverse().map(({ name, dashed }) => (
            <span key={name} className="flex items-center gap-1">
              <svg aria-hidden="true" width="18" height="6">
                <line
                  y1="3"
                  y2="3"
                  x2="18"
                  strokeWidth="2"
                  strokeDasharray={dashed ? '4 3' : ''}
                  className="stroke-accent"
                />
              </svg>
              {name}
            </span>
          ))}
        </p>
      </div>
      <svg
        viewBox={`0 0 ${kWidth} ${kHeight}`}
        className="mt-3 h-28 w-full"
        preserveAspectRatio="none"
        role="img"
        aria-label={
          runs.p50Ms === null ? `No run has ended within ${span}` : `Durations within ${span}: ${durations(runs)}`
        }
      >
        <line x1="0" x2={kWidth} y1={kHeight - 0.5} y2={kHeight - 0.5} className="stroke-line" />
        {lines.map(({ name, values, dashed }) =>
          segments(values, longest).map((points, i) => (
            <g key={`${name} ${i}`} className="stroke-accent" fill="none" strokeWidth="2">
              <polyline
                points={points.map(({ x, y }) => `${x},${y}`).join(' ')}
                strokeDasharray={dashed ? '5 4' : ''}
                vectorEffect="non-scaling-stroke"
              />
              {points.map(({ x, y }) => (
                <line key={x} x1={x - 3} x2={x + 3} y1={y} y2={y} strokeWidth="4" vectorEffect="non-scaling-stroke" />
              ))}
            </g>
          )),
        )}
        {buckets.map((bucket, i) => (
          <rect
            key={bucket.at}
            x={(i * kWidth) / buckets.length}
            width={kWidth / buckets.length}
            height={kHeight}
            fill="transparent"
          >
            <title>
              {title(bucket)}
              {bucket.p50Ms !== null && `; ${durations(bucket)}`}
            </title>
          </rect>
        ))}
      </svg>
      <Axis span={span} />
    </section>
  );
}
