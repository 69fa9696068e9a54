// The answer along time: a line for each row that has a date, from its start to its end.
import { scaleUtc } from "d3-scale";
import type { Answer } from "../lib/answer";
import { config, count, t } from "../lib/config";
import { cut, h, s } from "../lib/dom";
import { findNames } from "../lib/endpoint";
import { timeOf, type Term } from "../lib/terms";
import { say } from "./cells";

const MOST = 200;

export function canTimeline(answer: Answer): boolean {
  return answer.columns.some(({ kind }) => kind === "time");
}

/** Draws rows in the order of their dates. */
export async function timeline(host: HTMLElement, answer: Answer): Promise<void> {
  const times = answer.columns.filter(({ kind }) => kind === "time").slice(0, 2);
  const named = answer.columns.filter(({ kind }) => kind === "text" || kind === "iri");
  const rows = answer.rows(5000);
  await findNames(rows.slice(0, MOST).flatMap((row) => named.map(({ index }) => row[index]!)).filter(({ kind }) => kind === "iri").map(({ value }) => value));
  const events = rows
    .map((row) => {
      const moments = times.map(({ index }) => timeOf(row[index]!)).filter((time) => !Number.isNaN(time));
      const label = named.map(({ index }) => row[index]!).filter(({ kind }) => kind !== "none").map(say).join(" · ");
      const dates = times.map(({ index }) => row[index]!).filter(({ kind }) => kind !== "none");
      return { start: Math.min(...moments), end: Math.max(...moments), label, dates };
    })
    .filter(({ start }) => Number.isFinite(start))
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .slice(0, MOST);
  if (!events.length) return;
  const narrow = host.clientWidth < 600;
  // Where there is little room, a name stands above its dates.
  const [width, row] = narrow ? [420, 50] : [880, 28];
  const left = narrow ? 0 : width * 0.36;
  const ends: [number, number] = [events[0]!.start, Math.max(...events.map(({ end }) => end))];
  if (ends[0] === ends[1]) ends[1] += 86_400_000;
  const scale = scaleUtc(ends, [left + 10, width - 110]);
  const height = events.length * row + 34;
  const svg = s("svg", { class: "chart dates", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("timeline_label", { count: events.length }) });
  const ticks = narrow ? 3 : 6;
  const written = scale.tickFormat(ticks);
  for (const tick of scale.ticks(ticks)) {
    svg.append(
      s("line", { class: "grid", x1: scale(tick), x2: scale(tick), y1: 0, y2: height - 26 }),
      s("text", { class: "tick", x: scale(tick), y: height - 6, "text-anchor": "middle" }, config.language === "zh" ? `${tick.getUTCFullYear()}年${tick.getUTCMonth() ? `${tick.getUTCMonth() + 1}月` : ""}` : written(tick)),
    );
  }
  events.forEach(({ start, end, label, dates }, i) => {
    const y = narrow ? i * row + 32 : i * row + row / 2;
    const name = narrow ? { x: 0, y: y - 14 } : { x: left - 10, y: y + 5, "text-anchor": "end" };
    const told = dates.map(dated).join(" – ");
    svg.append(
      s("g", {}, s("title", {}, `${told}  ${label}`),
        s("text", name, cut(label, narrow ? 52 : width / 22)),
        s("line", { class: "span", x1: scale(start), x2: scale(end), y1: y, y2: y }),
        s("circle", { cx: scale(start), cy: y, r: 5 }),
        end > start && s("circle", { class: "end", cx: scale(end), cy: y, r: 5 }),
        s("text", { class: "tick", x: scale(end) + 10, y: y + 5 }, dates[0] ? dated(dates[0]) : "")),
    );
  });
  host.append(h("div", { class: "drawn" }, svg));
  if (answer.size > events.length) host.append(h("p", { class: "note" }, t("first", { shown: count(events.length), total: count(answer.size) })));
}

function dated({ value }: Term): string {
  return value.replace(/T.*/, "");
}
