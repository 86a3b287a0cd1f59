// A view as Mermaid, SVG and PNG. Names come from repositories: in each form they are text and nothing else.
import type { Change, View, ViewEdge, ViewNode } from './model';
import { edgeKey, pathOf, place } from './place';

const kColours = {
  paper: '#fffdfa',
  box: '#f5e6d3',
  line: '#8a7a6c',
  ink: '#2b2420',
  danger: '#a42c22',
};

// As on the page: what became of something has a colour, a sign, and if it is gone a broken line.
const kChange: Record<Change, { colour: string; sign: string }> = {
  added: { colour: '#246b42', sign: '+' },
  removed: { colour: kColours.danger, sign: '−' },
  changed: { colour: '#8a5400', sign: '±' },
};

const titled = (node: ViewNode) => (node.change ? `${kChange[node.change].sign} ${node.label}` : node.label);

const dashOf = (one: { change: Change | null; violation?: boolean }) =>
  one.violation || one.change === 'removed' ? ' stroke-dasharray="5 4"' : '';

const about = (node: ViewNode) =>
  node.files > 1 ? `${node.files} files, ${node.lines} lines` : node.lines > 0 ? `${node.lines} lines` : node.kind;

// Mermaid has no escape for quotes and brackets but entities; line breaks would end the statement.
const quoted = (text: string) =>
  `"${text.replace(/[^\p{L}\p{N} ./_\-,()]/gu, (one) => `#${one.codePointAt(0)!};`).slice(0, 400)}"`;

export function toMermaid(view: View, edges: ViewEdge[]): string {
  const names = new Map(view.nodes.map((node, i) => [node.id, `n${i}`]));
  const lines = [
    'flowchart TB',
    ...view.nodes.map((node) => `  ${names.get(node.id)}[${quoted(titled(node))}]`),
    ...edges.map((edge) => {
      const label = edge.change ? kChange[edge.change].sign : edge.imports > 1 ? String(edge.imports) : '';
      const arrow = edge.violation ? '-. forbidden .->' : label ? `-->|"${label}"|` : '-->';
      return `  ${names.get(edge.from)} ${arrow} ${names.get(edge.to)}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

const escaped = (text: string) =>
  text
    // eslint-disable-next-line no-control-regex
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

const shortened = (text: string, width: number) => {
  const most = Math.floor((width - 24) / 7.5);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

export function toSvg(view: View, edges: ViewEdge[], title: string): { svg: string; width: number; height: number } {
  const { boxes: places, ways } = place(view, edges);
  const all = [...places.values()];
  const turns = [...ways.values()].flat();
  const width = Math.ceil(Math.max(100, ...all.map((one) => one.x + one.width), ...turns.map((one) => one.x)) + 24);
  const height = Math.ceil(Math.max(60, ...all.map((one) => one.y + one.height), ...turns.map((one) => one.y)) + 24);
  const paths = edges.map((edge) => {
    const colour = edge.change
      ? kChange[edge.change].colour
      : edge.cycle || edge.violation
        ? kColours.danger
        : kColours.line;
    const thickness = Math.min(4, 1 + Math.log10(Math.max(1, edge.imports))).toFixed(1);
    return (
      `<path d="${pathOf(ways.get(edgeKey(edge))!)}" fill="none" stroke="${colour}"` +
      `${dashOf(edge)} stroke-width="${thickness}" marker-end="url(#arrow)"/>`
    );
  });
  const boxes = view.nodes.map((node) => {
    const at = places.get(node.id)!;
    const stroke = node.change ? kChange[node.change].colour : node.cycle ? kColours.danger : kColours.line;
    const middle = at.x + at.width / 2;
    return (
      `<g><title>${escaped(node.id)}</title><rect x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" ` +
      `rx="7" fill="${kColours.box}" stroke="${stroke}"${dashOf(node)}/>` +
      `<text x="${middle}" y="${at.y + 25}" text-anchor="middle" font-size="13" font-weight="600">` +
      `${escaped(shortened(titled(node), at.width))}</text>` +
      `<text x="${middle}" y="${at.y + 43}" text-anchor="middle" font-size="11">${escaped(about(node))}</text></g>`
    );
  });
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="sans-serif" fill="${kColours.ink}">`,
    `<title>${escaped(title)}</title>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
      `<path d="M0 0L8 4L0 8z" fill="${kColours.line}"/></marker></defs>`,
    `<rect width="${width}" height="${height}" fill="${kColours.paper}"/>`,
    ...paths,
    ...boxes,
    '</svg>',
  ].join('\n');
  return { svg, width, height };
}

const kMostPixels = 8_000; // a side of a picture

export async function toPng(picture: { svg: string; width: number; height: number }): Promise<Blob> {
  const scale = Math.min(2, kMostPixels / Math.max(picture.width, picture.height));
  const url = URL.createObjectURL(new Blob([picture.svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large'))), 'image/png'),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

export function download(name: string, content: Blob) {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replace(/[^A-Za-z0-9._-]+/g, '-');
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
