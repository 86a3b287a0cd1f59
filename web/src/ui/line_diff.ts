// The difference of two texts as a unified patch, which DiffView shows. For texts of some thousand lines.
const kMostCells = 4_000_000; // of the table; beyond it everything between the common ends counts as changed

export function linePatch(name: string, before: string, after: string): string {
  if (before === after) return '';
  const [a, b] = [before.replace(/\n$/, '').split('\n'), after.replace(/\n$/, '').split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const [x, y] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const lines = [
    ...a.slice(0, head).map((line) => ` ${line}`),
    ...between(x, y),
    ...a.slice(a.length - tail).map((line) => ` ${line}`),
  ];
  return [`--- a/${name}`, `+++ b/${name}`, `@@ -1,${a.length} +1,${b.length} @@`, ...lines, ''].join('\n');
}

// By the longest common subsequence of lines.
function between(x: string[], y: string[]): string[] {
  const removed = (lines: string[]) => lines.map((line) => `-${line}`);
  const added = (lines: string[]) => lines.map((line) => `+${line}`);
  if (x.length * y.length > kMostCells) return [...removed(x), ...added(y)];
  const width = y.length + 1;
  const longest = new Uint32Array((x.length + 1) * width);
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--)
      longest[i * width + j] =
        x[i] === y[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < x.length && j < y.length) {
    if (x[i] === y[j]) {
      lines.push(` ${x[i]}`);
      i++;
      j++;
    } else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) lines.push(`-${x[i++]}`);
    else lines.push(`+${y[j++]}`);
  }
  return [...lines, ...removed(x.slice(i)), ...added(y.slice(j))];
}
