// The answer as a chart: bars, a line or points, chosen by the kinds of columns and changeable.
import { scaleLinear, scaleUtc, type ScaleLinear, type ScaleTime } from "d3-scale";
import type { Answer, Column } from "../lib/answer";
import { config, count, t } from "../lib/config";
import { cut, h, s } from "../lib/dom";
import { findNames } from "../lib/endpoint";
import { numberOf, timeOf, type Term } from "../lib/terms";
import { say } from "./cells";

type Form = "bars" | "line" | "points";

const MOST_BARS = 60;
const MOST_POINTS = 5000;

/** Tells whether there is anything to draw. */
export function canChart(answer: Answer): boolean {
  return answer.size > 0 && answer.columns.some(({ kind }) => kind === "number");
}

/** Draws the answer, with the choices that its columns allow. */
export function chart(host: HTMLElement, answer: Answer): void {
  const numbers = answer.columns.filter(({ kind }) => kind === "number");
  // The fullest column of numbers says most.
  const filled = ({ index }: Column) => answer.rows(MOST_BARS).filter((row) => row[index]?.kind === "literal").length;
  let y = numbers.toSorted((a, b) => filled(b) - filled(a))[0]!;
  let x = best(answer, y);
  let form = formFor(x);
  const drawing = h("div", { class: "drawn" });
  const others = () => answer.columns.filter((column) => column !== y);
  const controls = h("div", { class: "controls" });
  host.append(controls, drawing);
  show();

  function show(): void {
    const forms: Form[] = x.kind === "number" || x.kind === "time" ? ["bars", "line", "points"] : ["bars"];
    if (!forms.includes(form)) form = "bars";
    controls.replaceChildren(
      choose(t("chart_form"), forms.map((name) => [name, t(name)]), form, (value) => (form = value as Form)),
      choose(t("chart_x"), others().map(({ name }) => [name, name]), x.name, (name) => {
        x = answer.columns.find((column) => column.name === name)!;
        form = formFor(x);
      }),
      choose(t("chart_y"), numbers.map(({ name }) => [name, name]), y.name, (name) => {
        y = numbers.find((column) => column.name === name)!;
        if (x === y) x = best(answer, y);
      }),
    );
    void draw();
  }

  function choose(label: string, options: [string, string][], value: string, set: (value: string) => void): HTMLElement {
    const list = h("select", {}, ...options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
    list.addEventListener("change", () => {
      const index = [...controls.querySelectorAll("select")].indexOf(list);
      set(list.value);
      show();
      controls.querySelectorAll("select")[index]?.focus();
    });
    return h("label", {}, `${label} `, list);
  }

  async function draw(): Promise<void> {
    const rows = answer.rows(form === "bars" ? MOST_BARS : MOST_POINTS);
    const pairs = rows.map((row) => [row[x.index], row[y.index]] as [Term, Term]).filter(([, value]) => !Number.isNaN(numberOf(value)));
    await findNames(pairs.map(([label]) => label).filter(({ kind }) => kind === "iri").map(({ value }) => value));
    const width = host.clientWidth < 600 ? 420 : 880;
    const svg = form === "bars" ? bars(pairs, width) : curve(pairs, x, y, form, width);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", t("chart_label", { y: y.name, x: x.name, count: pairs.length }));
    drawing.replaceChildren(svg);
    if (answer.size > rows.length) drawing.append(h("p", { class: "note" }, t("first", { shown: count(rows.length), total: count(answer.size) })));
  }
}

/** Chooses what stands beside a number: time if there is any, else what names the rows best. */
function best(answer: Answer, y: Column): Column {
  const others = answer.columns.filter((column) => column !== y);
  const rows = answer.rows(MOST_BARS);
  const distinct = (column: Column) => new Set(rows.map((row) => row[column.index]?.value)).size;
  const named = others.filter(({ kind }) => kind === "text" || kind === "iri").sort((a, b) => distinct(b) - distinct(a))[0];
  const times = others.find((column) => column.kind === "time" && distinct(column) === rows.length);
  return times ?? named ?? others.find(({ kind }) => kind !== "none") ?? others[0] ?? y;
}

function formFor(x: Column): Form {
  return x.kind === "time" ? "line" : x.kind === "number" ? "points" : "bars";
}

function bars(pairs: [Term, Term][], width: number): SVGSVGElement {
  const values = pairs.map(([, value]) => numberOf(value));
  const [left, row] = [width * 0.32, 30];
  const scale = scaleLinear([Math.min(0, ...values), Math.max(0, ...values)], [left, width - 90]).nice();
  const height = pairs.length * row + 30;
  const svg = s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}` }, ...grid(scale, height));
  pairs.forEach(([label, term], i) => {
    const [value, top] = [values[i]!, i * row];
    const [start, end] = [Math.min(scale(0), scale(value)), Math.max(scale(0), scale(value))];
    svg.append(
      s("g", {}, s("title", {}, `${say(label)}: ${term.value}`),
        s("text", { x: left - 10, y: top + 20, "text-anchor": "end" }, cut(say(label), width / 24)),
        s("rect", { x: start, y: top + 5, width: Math.max(1, end - start), height: row - 10, rx: 2 }),
        s("text", { class: "value", x: end + 8, y: top + 20 }, short(value))),
    );
  });
  return svg;
}

function curve(pairs: [Term, Term][], x: Column, y: Column, form: Form, width: number): SVGSVGElement {
  const [height, left, bottom] = [400, 80, 350];
  const at = x.kind === "time" ? timeOf : numberOf;
  const points = pairs.map(([a, b]) => ({ x: at(a), y: numberOf(b), label: `${a.value}: ${b.value}` })).filter((point) => !Number.isNaN(point.x));
  if (form === "line") points.sort((a, b) => a.x - b.x);
  const ends = (values: number[]): [number, number] => [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
  const [low, high] = ends(points.map((point) => point.y));
  const down = scaleLinear([low > 0 && low < high / 2 ? 0 : low, high], [bottom, 20]).nice();
  const [first, final] = ends(points.map((point) => point.x));
  const across: ScaleLinear<number, number> | ScaleTime<number, number> =
    x.kind === "time" ? scaleUtc([first, final], [left, width - 30]) : scaleLinear([first, final], [left, width - 30]).nice();
  const written = across.tickFormat(8) as (value: number | Date) => string;
  const svg = s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}` });
  for (const tick of down.ticks(6)) {
    svg.append(s("line", { class: "grid", x1: left, x2: width - 20, y1: down(tick), y2: down(tick) }));
    svg.append(s("text", { class: "tick", x: left - 8, y: down(tick) + 5, "text-anchor": "end" }, short(tick)));
  }
  for (const tick of across.ticks(width < 600 ? 4 : 8)) {
    const text = x.kind === "time" && config.language !== "en" ? dated(tick as Date) : written(tick);
    svg.append(s("text", { class: "tick", x: across(tick), y: bottom + 22, "text-anchor": "middle" }, text));
  }
  svg.append(s("text", { class: "axis", x: width - 20, y: height - 6, "text-anchor": "end" }, x.name), s("text", { class: "axis", x: 4, y: 14 }, y.name));
  if (form === "line") {
    svg.append(s("path", { class: "line", d: points.map((point, i) => `${i ? "L" : "M"}${across(point.x)},${down(point.y)}`).join("") }));
  }
  for (const point of points) {
    svg.append(s("circle", { cx: across(point.x), cy: down(point.y), r: 4.5 }, s("title", {}, point.label)));
  }
  return svg;
}

function grid(scale: ScaleLinear<number, number>, height: number): SVGElement[] {
  return scale.ticks(4).flatMap((tick) => [
    s("line", { class: "grid", x1: scale(tick), x2: scale(tick), y1: 0, y2: height - 24 }),
    s("text", { class: "tick", x: scale(tick), y: height - 6, "text-anchor": "middle" }, short(tick)),
  ]);
}

function dated(date: Date): string {
  return date.toLocaleDateString(config.language, { year: "numeric", month: date.getUTCMonth() ? "short" : undefined, timeZone: "UTC" });
}

function short(value: number): string {
  return Math.abs(value) >= 1e6
    ? value.toLocaleString(config.language, { notation: "compact", maximumSignificantDigits: 4 })
    : value.toLocaleString(config.language, { maximumFractionDigits: 4 });
}
