// The answer as a drawing of things and what ties them: each node is a link, and can be moved.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";
import type { Answer } from "../lib/answer";
import { count, t } from "../lib/config";
import { cut, h, s, twoLines, wide } from "../lib/dom";
import { findNames } from "../lib/endpoint";
import { hrefOf } from "../lib/terms";
import { say } from "./cells";

interface Thing extends SimulationNodeDatum {
  iri: string;
  x: number;
  y: number;
  /** The name under the circle, and the room that it takes: to each side, and down to its end. */
  name: string[];
  half: number;
  foot: number;
}

interface Tie {
  source: Thing;
  target: Thing;
  label: string;
}

/** The room of a circle, and the sizes of a name's letters and lines, in units of the drawing. */
const ROUND = 13;
const LETTER = 7.4;
const LINE = 16;

const MOST_ROWS = 2000;
const MOST_THINGS = 150;
/** With more ties than this their names are told only on hover. */
const MOST_NAMES = 60;

/** Tells whether there are two things in a row that a line could join. */
export function canGraph(answer: Answer): boolean {
  return answer.rows(100).some((row) => iris(answer, row).length > 1);
}

function iris(answer: Answer, row: ReturnType<Answer["row"]>): { iri: string; column: string }[] {
  return answer.columns
    .map(({ name, index }) => ({ term: row[index], column: name }))
    .filter(({ term, column }) => term?.kind === "iri" && !(answer.isTriples && column === "predicate"))
    .map(({ term, column }) => ({ iri: term!.value, column }));
}

/** Draws the things of the answer, laid out by forces before they are shown. */
export async function graph(host: HTMLElement, answer: Answer): Promise<void> {
  const things = new Map<string, Thing>();
  const ties = new Map<string, { from: string; to: string; label: string }>();
  let whole = answer.size <= MOST_ROWS;
  const rows = answer.rows(MOST_ROWS);
  for (const row of rows) {
    const found = iris(answer, row);
    for (const [i, { iri: to, column }] of found.entries()) {
      const from = found[i - 1]?.iri;
      if (from === undefined) continue;
      const missing = [from, to].filter((iri) => !things.has(iri));
      if (things.size + missing.length > MOST_THINGS) {
        whole = false;
        continue;
      }
      for (const iri of missing) things.set(iri, { iri, x: 0, y: 0, name: [], half: 0, foot: 0 });
      const label = answer.isTriples ? row[1]!.value : column;
      ties.set(`${from} ${label} ${to}`, { from, to, label });
    }
  }
  await findNames([...things.keys(), ...(answer.isTriples ? [...ties.values()].map(({ label }) => label) : [])]);
  const nodes = [...things.values()];
  for (const node of nodes) {
    node.name = twoLines(say({ kind: "iri", value: node.iri }), 20);
    node.half = Math.max(ROUND, (LETTER * Math.max(...node.name.map(wide))) / 2 + 5);
    node.foot = ROUND + LINE * node.name.length + 4;
  }
  const links = [...ties.values()].map(({ from, to, label }) => ({
    source: things.get(from)!,
    target: things.get(to)!,
    label: answer.isTriples ? say({ kind: "iri", value: label }) : label,
  }));
  forceSimulation(nodes)
    .force("link", forceLink(links).distance(nodes.length > 40 ? 80 : 125))
    .force("charge", forceManyBody().strength(nodes.length > 40 ? -220 : -420))
    .force("apart", forceCollide(44))
    .force("x", forceX().strength(0.12))
    .force("y", forceY().strength(0.12))
    .stop()
    .tick(300);
  // Names are wider than they are high, but a narrow screen is not.
  const wideness = matchMedia("(max-width: 40rem)").matches ? 0.45 : 1.6;
  for (const node of nodes) node.x *= wideness;
  part(nodes);
  host.append(draw(nodes, links));
  if (!whole) host.append(h("p", { class: "note" }, t("graph_first", { shown: count(nodes.length) })));
}

/** Moves things apart until no name lies on another. */
function part(nodes: Thing[]): void {
  for (let round = 0, moved = true; moved && round < 200; round++) {
    moved = false;
    nodes.forEach((one, i) => {
      for (const other of nodes.slice(i + 1)) {
        const [dx, dy] = [other.x - one.x, other.y - one.y];
        const beside = one.half + other.half + 12 - Math.abs(dx);
        const below = (dy > 0 ? one.foot : other.foot) + ROUND + 8 - Math.abs(dy);
        if (beside <= 0 || below <= 0) continue;
        moved = true;
        const [x, y] = beside < below ? [((dx < 0 ? -1 : 1) * beside) / 2, 0] : [0, ((dy < 0 ? -1 : 1) * below) / 2];
        one.x -= x;
        one.y -= y;
        other.x += x;
        other.y += y;
      }
    });
  }
}

/** Gives where a line to another thing leaves the circle of one, or the name below it. */
function edge({ x, y, half, foot }: Thing, to: Thing): { x: number; y: number } {
  const [dx, dy] = [to.x - x, to.y - y];
  const along = Math.hypot(dx, dy) || 1;
  const crosses = dy > 0 && Math.abs(dx / dy) * ROUND < half;
  const out = crosses ? Math.min(foot / dy, half / Math.abs(dx)) : ROUND / along;
  return { x: x + dx * Math.min(out, 0.5), y: y + dy * Math.min(out, 0.5) };
}

function draw(nodes: Thing[], links: Tie[]): HTMLElement {
  const ys = nodes.map(({ y }) => y);
  const box = { x: Math.min(...nodes.map(({ x, half }) => x - half)) - 16, y: Math.min(...ys) - 30, width: 0, height: 0 };
  box.width = Math.max(...nodes.map(({ x, half }) => x + half)) + 16 - box.x;
  box.height = Math.max(...ys) + 60 - box.y;
  const named = links.length <= MOST_NAMES;
  const lines = links.map(({ label }) => ({
    line: s("line", { class: "tie", "marker-end": "url(#arrow)" }, s("title", {}, label)),
    text: named ? s("text", { class: "tick", "text-anchor": "middle" }, cut(label, 24)) : undefined,
  }));
  const marks = nodes.map((node) => {
    const label = say({ kind: "iri", value: node.iri });
    const href = hrefOf(node.iri);
    const name = node.name.map((line, i) => s("tspan", { x: 0, y: 25 + LINE * i }, line));
    const inside = [s("title", {}, label), s("circle", { r: 9 }), s("text", { "text-anchor": "middle" }, ...name)];
    return href ? s("a", { href, draggable: "false" }, ...inside) : s("g", {}, ...inside);
  });
  const arrow = s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" }, s("path", { d: "M0,0L8,4L0,8Z" }));
  const svg = s(
    "svg",
    { class: "chart graph", role: "group", "aria-label": t("graph_label", { count: nodes.length }) },
    s("defs", {}, arrow), ...lines.map(({ line }) => line), ...lines.flatMap(({ text }) => (text ? [text] : [])), ...marks,
  );
  place();
  look();
  marks.forEach((mark, i) => move(mark, nodes[i]!));
  const zoom = (by: number) => h("button", { type: "button", class: "button", "aria-label": t(by < 1 ? "zoom_in" : "zoom_out"), click: () => scale(by) }, by < 1 ? "+" : "−");
  return h("div", { class: "drawn" }, h("div", { class: "zoom" }, zoom(0.8), zoom(1.25)), svg);

  function place(): void {
    const told: { x: number; y: number; half: number }[] = [];
    links.forEach(({ source, target }, i) => {
      const { line, text } = lines[i]!;
      const [from, to] = [edge(source, target), edge(target, source)];
      for (const [name, value] of Object.entries({ x1: from.x, y1: from.y, x2: to.x, y2: to.y })) line.setAttribute(name, String(value));
      if (!text) return;
      const half = (6.5 * wide(text.textContent)) / 2;
      const places = [0.5, 0.4, 0.6, 0.3, 0.7].map((part) => ({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part, half }));
      const place = places.find(({ x, y }) => nodes.every((n) => Math.abs(n.x - x) > n.half + half || y < n.y - ROUND - 6 || y > n.y + n.foot + 8) && told.every((o) => Math.abs(o.x - x) > o.half + half || Math.abs(o.y - y) > 14));
      // Where there is no room, it is told when the pointer rests on the line.
      text.setAttribute("visibility", place ? "visible" : "hidden");
      if (!place) return;
      told.push(place);
      text.setAttribute("x", String(place.x));
      text.setAttribute("y", String(place.y + 4));
    });
    marks.forEach((mark, i) => mark.setAttribute("transform", `translate(${nodes[i]!.x},${nodes[i]!.y})`));
  }

  function look(): void {
    svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  }

  function scale(by: number): void {
    box.x += (box.width * (1 - by)) / 2;
    box.y += (box.height * (1 - by)) / 2;
    box.width *= by;
    box.height *= by;
    look();
  }

  /** Lets a node be dragged; a click that moves nothing follows its link. */
  function move(mark: SVGElement, node: Thing): void {
    let moved = 0;
    mark.addEventListener("pointerdown", (event) => {
      moved = 0;
      mark.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    mark.addEventListener("pointermove", (event) => {
      if (!mark.hasPointerCapture(event.pointerId)) return;
      const ratio = box.width / svg.clientWidth;
      node.x += event.movementX * ratio;
      node.y += event.movementY * ratio;
      moved += Math.abs(event.movementX) + Math.abs(event.movementY);
      place();
    });
    mark.addEventListener("click", (event) => {
      if (moved > 4) event.preventDefault();
    });
  }
}
