'use strict';
// Draws the views that were laid out when the page was made. All text is set as text.
const data = JSON.parse(document.getElementById('data').textContent);
const views = new Map(data.views.map((view) => [view.group, view]));
const groups = new Map(data.groups.map((group) => [group.id, group]));
const groupOf = new Map();
for (const group of data.groups) for (const member of group.members) groupOf.set(member, group.id);
const byId = (id) => document.getElementById(id);
const picture = byId('picture');
const all = byId('all');
const side = byId('side');
let current = data.views[0].group;
let chosen = null;
let circlesOnly = false;
let place = { x: 0, y: 0, scale: 1 };

const svgNode = (name, attributes, ...children) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const html = (name, attributes, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const href = (file, line) =>
  data.links.prefix +
  file.split('/').map(encodeURIComponent).join('/') +
  (line && data.links.line ? data.links.line + line : '');
const link = (file, line) =>
  html('a', { href: href(file, line), rel: 'noreferrer' }, line > 1 ? `${file}:${line}` : file);
const plain = (text, action) => {
  const button = html('button', { type: 'button', class: 'plain' }, text);
  button.addEventListener('click', action);
  return button;
};
const list = (title, items) =>
  items.length === 0 ? [] : [html('h3', {}, title), html('ul', {}, ...items.map((item) => html('li', {}, item)))];
const longest = 26;
const shortened = (text) => ([...text].length > longest ? [...text].slice(0, longest).join('') + '…' : text);

const changed = {
  added: { sign: '+ ', look: ['#DAF0DE', '#246B42', '#12391F'] },
  removed: { sign: '− ', look: ['#FADED8', '#A42C22', '#5C1710'] },
  changed: { sign: '± ', look: ['#FBF0D2', '#8A5400', '#4A2D00'] },
};
const look = (node) => {
  if (node.change) return changed[node.change].look;
  if (data.difference) return ['#F7F3EE', '#DDD1C3', '#67594F'];
  if (node.id.startsWith('system:')) return ['#E8D4C4', '#B08A63', '#4A2D00'];
  if (node.cycle) return ['#F5E6D3', '#A42C22', '#2B2420'];
  if (node.entry) return ['#E2F0EC', '#186561', '#12403D'];
  return node.aside ? ['#F6F1EA', '#DDD1C3', '#67594F'] : ['#F5E6D3', '#D2B99F', '#2B2420'];
};
const corners = (node) => (node.id.startsWith('system:') ? 20 : node.change === 'added' ? 25 : 9);
const amount = (edge) =>
  edge.change
    ? [edge.added && `+${edge.added}`, edge.removed && `−${edge.removed}`].filter(Boolean).join(' ')
    : `${edge.imports}`;

function way(points) {
  let path = `M${points[0][0]} ${points[0][1]}`;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1];
    const [bx, by] = points[i];
    const bend = (by - ay) / 2;
    path += Math.abs(ax - bx) < 1 ? `L${bx} ${by}` : `C${ax} ${ay + bend} ${bx} ${by - bend} ${bx} ${by}`;
  }
  return path;
}

function draw() {
  const view = views.get(current);
  const marker = (id, colour) =>
    svgNode(
      'marker',
      {
        id,
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerUnits: 'userSpaceOnUse',
        markerWidth: 10,
        markerHeight: 10,
        orient: 'auto-start-reverse',
      },
      svgNode('path', { d: 'M0 0.8L7.5 4L0 7.2Z', fill: colour }),
    );
  all.replaceChildren(
    svgNode(
      'defs',
      {},
      marker('arrow', '#8A7766'),
      marker('arrow-red', '#A42C22'),
      marker('arrow-added', '#246B42'),
      marker('arrow-changed', '#8A5400'),
      marker('arrow-same', '#DDD1C3'),
    ),
  );
  for (const edge of view.edges) {
    if (!edge.points) continue;
    const red = edge.back || edge.violation || edge.change === 'removed';
    const tone = red ? 'red' : (edge.change ?? (data.difference ? 'same' : ''));
    const width = (1.1 + Math.min(2.2, Math.log2(edge.imports) * 0.35)).toFixed(1);
    const path = svgNode(
      'path',
      {
        d: way(edge.points),
        class: `edge ${tone}`,
        'stroke-width': width,
        'marker-end': tone ? `url(#arrow-${tone})` : 'url(#arrow)',
      },
      svgNode('title', {}, `${edge.from} → ${edge.to}: ${amount(edge)}`),
    );
    if (edge.violation || edge.change === 'removed') path.setAttribute('stroke-dasharray', '5 3');
    path.edge = edge;
    all.append(path);
  }
  for (const node of view.nodes) {
    const [fill, line, text] = look(node);
    const size = node.id.startsWith('system:')
      ? node.kind
      : node.kind === 'file'
        ? `${node.lines ?? 0} lines`
        : `${node.files} ${node.files === 1 ? 'file' : 'files'}`;
    const below = node.section && node.section.length <= longest ? `${node.section} · ${size}` : size;
    const middle = node.x + node.width / 2;
    const box = svgNode(
      'g',
      { class: 'node', tabindex: 0, role: 'button', 'aria-label': `${node.label}, ${below}` },
      svgNode('title', {}, node.id),
      svgNode('rect', {
        x: node.x,
        y: node.y,
        width: node.width,
        height: node.height,
        rx: corners(node),
        fill,
        stroke: line,
        ...(node.change === 'added' ? { 'stroke-width': 2.4 } : {}),
        ...(node.change === 'removed' ? { 'stroke-dasharray': '5 3' } : {}),
      }),
      svgNode(
        'text',
        { x: middle, y: node.y + 23, 'text-anchor': 'middle', 'font-size': 13, 'font-weight': 600, fill: text },
        shortened((changed[node.change]?.sign ?? '') + node.label),
      ),
      svgNode(
        'text',
        { x: middle, y: node.y + 39, 'text-anchor': 'middle', 'font-size': 10.5, fill: text, 'fill-opacity': 0.75 },
        views.has(node.id) ? `${below} ›` : below,
      ),
    );
    box.node = node;
    box.addEventListener('click', () => moved || choose(node));
    box.addEventListener('dblclick', () => open(node.id));
    box.addEventListener(
      'keydown',
      (event) => event.key === 'Enter' && (chosen === node ? open(node.id) : choose(node)),
    );
    all.append(box);
  }
  mark();
  showWay();
}

function mark() {
  for (const element of all.children) {
    const { edge, node } = element;
    if (!edge && !node) continue;
    const near =
      chosen &&
      views
        .get(current)
        .edges.some(
          (e) => (e.from === chosen.id && e.to === node?.id) || (e.to === chosen.id && e.from === node?.id),
        );
    const on = chosen && (edge ? edge.from === chosen.id || edge.to === chosen.id : node === chosen || near);
    const off = (chosen && !on) || (circlesOnly && !(edge ? edge.cycle : node.cycle));
    element.classList.toggle('on', Boolean(on && (edge || node === chosen)));
    element.classList.toggle('off', Boolean(off));
  }
}

function showWay() {
  const steps = [];
  for (let group = groups.get(current); group && group.parent !== undefined; group = groups.get(group.parent))
    steps.unshift(group);
  byId('way').replaceChildren(
    ...(steps.length ? [plain('top', () => open(data.views[0].group))] : []),
    ...steps.flatMap((group) => ['› ', plain(group.name, () => open(group.id))]),
  );
}

function open(id) {
  if (!views.has(id)) return;
  current = id;
  chosen = null;
  draw();
  fit();
  overview();
}

function reveal(path) {
  const group = groupOf.get(path);
  if (!group) return;
  open(group);
  const node = views.get(group).nodes.find((candidate) => candidate.id === path);
  if (node) choose(node);
}

const inside = (id) => {
  const files = new Set();
  const waiting = [id];
  while (waiting.length) {
    const group = groups.get(waiting.pop());
    if (!group) continue;
    group.members.forEach((member) => files.add(member));
    waiting.push(...group.children);
  }
  if (!groups.has(id)) files.add(id);
  return files;
};

const kMostShown = 60;
function choose(node) {
  chosen = node;
  mark();
  const files = inside(node.id);
  const out = [];
  const into = [];
  for (let i = 0; i < data.imports.length; i += 3) {
    const from = data.paths[data.imports[i]];
    const to = data.paths[data.imports[i + 1]];
    const line = data.imports[i + 2];
    if (files.has(from) && !files.has(to)) out.push([from, to, line]);
    if (!files.has(from) && files.has(to)) into.push([from, to, line]);
  }
  const shown = (imports) =>
    imports
      .slice(0, kMostShown)
      .map(([from, to, line]) => html('span', {}, link(from, line), html('span', { class: 'small' }, ` → ${to}`)));
  const system = data.systems.find((candidate) => `system:${candidate.name}` === node.id);
  side.replaceChildren(
    html('h2', {}, node.id),
    html('p', { class: 'small' }, system ? system.kind : `${files.size} files, ${node.lines ?? 0} lines`),
    ...(views.has(node.id) ? [plain('Open this group', () => open(node.id))] : []),
    ...(node.source ? [html('p', {}, link(node.source.file, node.source.line))] : []),
    ...list(
      'Named at',
      (system?.spots ?? []).slice(0, kMostShown).map((spot) => link(spot.file, spot.line)),
    ),
    ...list(`Imports (${out.length})`, shown(out)),
    ...list(`Imported by (${into.length})`, shown(into)),
  );
}

function comparison() {
  const { difference } = data;
  if (!difference) return [];
  const both = (title, lists, shown) =>
    list(title, [
      ...lists.added.slice(0, kMostShown).map((entry) => html('span', { class: 'added' }, '+ ', shown(entry))),
      ...lists.removed.slice(0, kMostShown).map((entry) => html('span', { class: 'red' }, '− ', shown(entry))),
    ]);
  const cycle = (entry) => entry.path.join(' → ');
  return [
    ...both('Folders', difference.modules, (entry) => `${entry.path} · ${entry.files} files`),
    ...both('Circles', difference.cycles, cycle),
    ...list('Circles that grew or shrank', difference.cycles.changed.slice(0, kMostShown).map(cycle)),
    ...both('Imports', difference.edges, (entry) => `${entry.from} → ${entry.to}`),
    ...both('Files', difference.files, (entry) => entry),
    ...both('Routes', difference.routes, (entry) => `${entry.method ?? ''} ${entry.name}`),
    ...both('Systems', difference.systems, (entry) => entry.name),
  ];
}

function overview() {
  const summary = data.summary;
  side.replaceChildren(
    html('h2', {}, current === data.views[0].group ? data.name : current),
    html(
      'p',
      { class: 'small' },
      `${summary.codeFiles} files of code, ${summary.lines} lines, ${summary.imports} imports`,
    ),
    html('p', { class: 'small' }, 'Click a part to see what it imports; open it by a double click.'),
    ...comparison(),
    ...list(
      'Languages',
      summary.languages.slice(0, 8).map((language) => `${language.name} · ${language.files} files`),
    ),
    ...list(
      `Circles (${data.cycles.length})`,
      data.cycles.slice(0, 20).map((cycle) => plain(cycle.path.join(' → '), () => reveal(cycle.path[0]))),
    ),
    ...list(
      `Forbidden imports (${data.violations.length})`,
      data.violations.slice(0, 40).map((v) => html('span', { class: 'red' }, link(v.file, v.line), ` ${v.message}`)),
    ),
    ...list(
      `Entry points (${data.entryPoints.length})`,
      data.entryPoints.slice(0, 30).map((entry) => link(entry.file, entry.line)),
    ),
    ...list(
      `Routes (${data.routes.length})`,
      data.routes
        .slice(0, 60)
        .map((route) => html('span', {}, `${route.method ?? ''} ${route.name} `, link(route.file, route.line))),
    ),
    ...list(
      `Systems (${data.systems.length})`,
      data.systems.map((system) => `${system.name} · ${system.kind}`),
    ),
  );
}

function find(words) {
  const wanted = words.toLowerCase();
  const hits = data.paths.filter((path) => path.toLowerCase().includes(wanted)).slice(0, kMostShown);
  const groupHits = data.groups
    .filter((group) => group.id.toLowerCase().includes(wanted) && views.has(group.id))
    .slice(0, 20);
  const routeHits = data.routes.filter((route) => route.name.toLowerCase().includes(wanted)).slice(0, 20);
  side.replaceChildren(
    html('h2', {}, `Found for “${words}”`),
    ...list(
      'Groups',
      groupHits.map((group) => plain(group.id, () => open(group.id))),
    ),
    ...list(
      'Files',
      hits.map((path) => plain(path, () => reveal(path))),
    ),
    ...list(
      'Routes',
      routeHits.map((route) => html('span', {}, `${route.name} `, link(route.file, route.line))),
    ),
    ...(hits.length + groupHits.length + routeHits.length ? [] : [html('p', { class: 'small' }, 'Nothing.')]),
  );
}

function apply() {
  all.setAttribute('transform', `translate(${place.x} ${place.y}) scale(${place.scale})`);
}
function fit() {
  const view = views.get(current);
  const room = picture.getBoundingClientRect();
  const scale = Math.min(room.width / view.width, room.height / view.height, 1.4);
  place = {
    scale,
    x: (room.width - view.width * scale) / 2,
    y: Math.max(0, (room.height - view.height * scale) / 2),
  };
  apply();
}
function zoom(factor, x, y) {
  const scale = Math.min(6, Math.max(0.08, place.scale * factor));
  place = { scale, x: x - ((x - place.x) * scale) / place.scale, y: y - ((y - place.y) * scale) / place.scale };
  apply();
}
const zoomMiddle = (factor) => {
  const room = picture.getBoundingClientRect();
  zoom(factor, room.width / 2, room.height / 2);
};

let held = null;
let moved = false;
picture.addEventListener('pointerdown', (event) => {
  held = { x: event.clientX - place.x, y: event.clientY - place.y, startX: event.clientX, startY: event.clientY };
  moved = false;
});
window.addEventListener('pointermove', (event) => {
  if (!held) return;
  if (Math.hypot(event.clientX - held.startX, event.clientY - held.startY) < 4 && !moved) return;
  moved = true;
  picture.classList.add('dragged');
  place.x = event.clientX - held.x;
  place.y = event.clientY - held.y;
  apply();
});
window.addEventListener('pointerup', () => {
  held = null;
  picture.classList.remove('dragged');
});
picture.addEventListener('click', (event) => {
  if (moved || event.target !== picture) return;
  chosen = null;
  mark();
  overview();
});
picture.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault();
    const room = picture.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 500), event.clientX - room.left, event.clientY - room.top);
  },
  { passive: false },
);
picture.addEventListener('keydown', (event) => {
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
  if (steps) {
    place.x += steps[0];
    place.y += steps[1];
    apply();
  }
  if (event.key === '+' || event.key === '-') zoomMiddle(event.key === '+' ? 1.2 : 1 / 1.2);
  if (event.key === 'Escape') open(groups.get(current).parent ?? data.views[0].group);
});
byId('search').addEventListener('input', (event) => (event.target.value ? find(event.target.value) : overview()));
byId('larger').addEventListener('click', () => zoomMiddle(1.25));
byId('smaller').addEventListener('click', () => zoomMiddle(0.8));
byId('fit').addEventListener('click', fit);
byId('circles').addEventListener('click', (event) => {
  circlesOnly = !circlesOnly;
  event.currentTarget.setAttribute('aria-pressed', String(circlesOnly));
  mark();
});
window.addEventListener('resize', fit);
byId('name').textContent = document.title;
open(current);
