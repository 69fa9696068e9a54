// The answer as a drawing of things and what ties them: each node is a link, and can be moved.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";
import type { Answer } from "../lib/answer";
import { count, t } from "../lib/config";
import { cut, h, s, twoLines } from "../lib/dom";
import { findNames } from "../lib/endpoint";
import { hrefOf } from "../lib/terms";
import { say } from "./cells";

interface Thing extends SimulationNodeDatum {
  iri: string;
  x: number;
  y: number;
}

interface Tie {
  source: Thing;
  target: Thing;
  label: string;
}

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
      for (const iri of missing) things.set(iri, { iri, x: 0, y: 0 });
      const label = answer.isTriples ? row[1]!.value : column;
      ties.set(`${from} ${label} ${to}`, { from, to, label });
    }
  }
  await findNames([...things.keys(), ...(answer.isTriples ? [...ties.values()].map(({ label }) => label) : [])]);
  const nodes = [...things.values()];
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
  // Names are wider than they are high.
  for (const node of nodes) node.x *= 1.6;
  host.append(draw(nodes, links));
  if (!whole) host.append(h("p", { class: "note" }, t("graph_first", { shown: count(nodes.length) })));
}

function draw(nodes: Thing[], links: Tie[]): HTMLElement {
  const xs = nodes.map(({ x }) => x);
  const ys = nodes.map(({ y }) => y);
  const box = { x: Math.min(...xs) - 90, y: Math.min(...ys) - 30, width: 0, height: 0 };
  box.width = Math.max(...xs) + 90 - box.x;
  box.height = Math.max(...ys) + 60 - box.y;
  const named = links.length <= MOST_NAMES;
  const lines = links.map(({ label }) => ({
    line: s("line", { class: "tie", "marker-end": "url(#arrow)" }, s("title", {}, label)),
    text: named ? s("text", { class: "tick", "text-anchor": "middle" }, cut(label, 24)) : undefined,
  }));
  const marks = nodes.map((node) => {
    const label = say({ kind: "iri", value: node.iri });
    const href = hrefOf(node.iri);
    const name = twoLines(label, 20).map((line, i) => s("tspan", { x: 0, y: 25 + 16 * i }, line));
    const inside = [s("title", {}, label), s("circle", { r: 9 }), s("text", { "text-anchor": "middle" }, ...name)];
    return href ? s("a", { href, draggable: "false" }, ...inside) : s("g", {}, ...inside);
  });
  const arrow = s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 19, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" }, s("path", { d: "M0,0L8,4L0,8Z" }));
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
    links.forEach(({ source, target }, i) => {
      const { line, text } = lines[i]!;
      for (const [name, value] of Object.entries({ x1: source.x, y1: source.y, x2: target.x, y2: target.y })) line.setAttribute(name, String(value));
      text?.setAttribute("x", String((source.x + target.x) / 2));
      text?.setAttribute("y", String((source.y + target.y) / 2 - 4));
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
