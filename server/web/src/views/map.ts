// The answer on a grid of longitude and latitude: no map is fetched from anywhere.
import { scaleLinear } from "d3-scale";
import type { Answer } from "../lib/answer";
import { count, t } from "../lib/config";
import { cut, h, s } from "../lib/dom";
import { findNames } from "../lib/endpoint";
import { numberOf, pointOf, type Term } from "../lib/terms";
import { say } from "./cells";

const MOST = 2000;

/** Finds where a row lies: in a WKT point, or in a pair of columns named for it. */
function locator(answer: Answer): ((row: Term[]) => [number, number] | undefined) | undefined {
  const point = answer.columns.find(({ kind }) => kind === "point");
  if (point) return (row) => pointOf(row[point.index]!);
  const numbers = answer.columns.filter(({ kind }) => kind === "number");
  const lat = numbers.find(({ name }) => /^lat(?:itude)?$/i.test(name));
  const long = numbers.find(({ name }) => /^(?:lon|lng|long|longitude)$/i.test(name));
  return lat && long && ((row) => [numberOf(row[long.index]!), numberOf(row[lat.index]!)]);
}

export function canMap(answer: Answer): boolean {
  return locator(answer) !== undefined;
}

/** Draws each row at its coordinates, the grid around them as wide as they need. */
export async function map(host: HTMLElement, answer: Answer): Promise<void> {
  const locate = locator(answer)!;
  const rows = answer.rows(MOST);
  await findNames(rows.flat().filter(({ kind }) => kind === "iri").map(({ value }) => value));
  const named = answer.columns.filter(({ kind }) => kind === "text" || kind === "iri");
  const points = rows
    .map((row) => ({ at: locate(row), label: named.map(({ index }) => say(row[index]!)).join(" · ") }))
    .filter((point): point is { at: [number, number]; label: string } =>
      point.at !== undefined && Math.abs(point.at[0]) <= 180 && Math.abs(point.at[1]) <= 90);
  const [west, east] = around(points.map(({ at }) => at[0]), 180);
  const [south, north] = around(points.map(({ at }) => at[1]), 90);
  const [width, height] = [880, Math.min(640, Math.max(280, (820 * (north - south)) / (east - west)))];
  const across = scaleLinear([west, east], [50, width - 20]);
  const down = scaleLinear([south, north], [height - 30, 12]);
  const svg = s("svg", { class: "chart map", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("map_label", { count: points.length }) });
  for (const tick of across.ticks(8)) {
    svg.append(s("line", { class: "grid", x1: across(tick), x2: across(tick), y1: 12, y2: height - 30 }));
    svg.append(s("text", { class: "tick", x: across(tick), y: height - 8, "text-anchor": "middle" }, degrees(tick, "E", "W")));
  }
  for (const tick of down.ticks(6)) {
    svg.append(s("line", { class: "grid", x1: 50, x2: width - 20, y1: down(tick), y2: down(tick) }));
    svg.append(s("text", { class: "tick", x: 44, y: down(tick) + 5, "text-anchor": "end" }, degrees(tick, "N", "S")));
  }
  for (const { at, label } of points) {
    const [x, y] = [across(at[0]), down(at[1])];
    const right = x > width - 200;
    svg.append(
      s("g", {}, s("title", {}, `${label} (${at[1]}, ${at[0]})`), s("circle", { cx: x, cy: y, r: 5 }),
        points.length <= 60 && s("text", { x: right ? x - 9 : x + 9, y: y + 5, "text-anchor": right ? "end" : "start" }, cut(label, 30))),
    );
  }
  host.append(h("div", { class: "drawn" }, svg), h("p", { class: "note" }, t("map_note")));
  if (answer.size > rows.length) host.append(h("p", { class: "note" }, t("first", { shown: count(rows.length), total: count(answer.size) })));
}

function around(values: number[], limit: number): [number, number] {
  const [low, high] = [Math.min(...values, limit), Math.max(...values, -limit)];
  const margin = Math.max(2, (high - low) * 0.12);
  return [Math.max(-limit, low - margin), Math.min(limit, high + margin)];
}

function degrees(value: number, positive: string, negative: string): string {
  return `${Math.abs(value)}°${value > 0 ? positive : value < 0 ? negative : ""}`;
}
