// The query page: an editor in place of the plain form, and below it the answer in several views.
import { edit } from "../editor/editor";
import { Answer } from "../lib/answer";
import { config, count, t } from "../lib/config";
import { h } from "../lib/dom";
import { ask, Problem, type Reply, type Told } from "../lib/endpoint";
import { table } from "../views/table";
import { address, tools } from "../views/tools";

interface View {
  name: string;
  show: (host: HTMLElement) => void | Promise<void>;
}

const form = document.querySelector<HTMLFormElement>("#ask")!;
const area = form.querySelector("textarea")!;
const host = document.querySelector<HTMLElement>("#editor")!;
const place = document.querySelector<HTMLElement>("#answer")!;
const start = document.querySelector<HTMLButtonElement>("#run")!;
const stop = h("button", { type: "button", class: "button", hidden: true, click: () => running?.abort() }, t("cancel"));
const status = h("p", { class: "status", role: "status" });
let running: AbortController | undefined;

host.hidden = false;
const editor = edit(host, area.value, () => void run(), (text) => {
  area.value = text;
});
area.hidden = true;
form.querySelector<HTMLElement>(".plain")!.hidden = true;
form.querySelector<HTMLElement>("label[for=query]")!.hidden = true;
start.title = "Ctrl+Enter";
start.after(stop, status);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
if (config.runs) void run();

async function run(): Promise<void> {
  running?.abort();
  const mine = (running = new AbortController());
  const query = editor.text();
  editor.unmark();
  place.replaceChildren();
  stop.hidden = false;
  const started = performance.now();
  const tick = setInterval(() => {
    status.textContent = t("running", { seconds: seconds((performance.now() - started) / 1000) });
  }, 200);
  try {
    const reply = await ask(query, mine.signal).finally(() => clearInterval(tick));
    await show(reply, query);
  } catch (error) {
    if (mine === running) fail(error);
  } finally {
    if (mine === running) stop.hidden = true;
  }
}

async function show(reply: Reply, query: string): Promise<void> {
  history.replaceState(null, "", address(query));
  const facts = { seconds: seconds(reply.seconds), size: size(reply.bytes) };
  if (reply.kind === "truth") {
    status.textContent = t("took", facts);
    place.replaceChildren(h("p", { class: "truth" }, t(reply.text.trim() === "true" ? "yes" : "no")), tools(query, "truth"));
    return;
  }
  const answer = new Answer(reply);
  const noun = answer.isTriples ? "took_triples" : "took_rows";
  status.textContent = t(noun, { ...facts, count: count(answer.size) });
  const shown = h("div", { class: "view", role: "tabpanel", id: "view", tabindex: 0 });
  const views = await found(answer, query);
  place.replaceChildren(h("h2", { class: "visually-hidden" }, t("answer")));
  if (answer.size === 0) place.append(h("p", { class: "note" }, t("nothing")));
  else place.append(tabs(views, shown), shown);
  place.append(tools(query, reply.kind));
}

/** Lists the views that suit an answer; their code is loaded when one is first needed. */
async function found(answer: Answer, query: string): Promise<View[]> {
  const { canChart, chart, canGraph, graph, canMap, map, canTimeline, timeline } = await import("../views/drawings");
  return [
    { name: "table", show: (to: HTMLElement) => table(to, answer, query) },
    canGraph(answer) && { name: "graph", show: (to: HTMLElement) => graph(to, answer) },
    canChart(answer) && { name: "chart", show: (to: HTMLElement) => chart(to, answer) },
    canTimeline(answer) && { name: "timeline", show: (to: HTMLElement) => timeline(to, answer) },
    canMap(answer) && { name: "map", show: (to: HTMLElement) => map(to, answer) },
  ].filter((view): view is View => view !== false);
}

function tabs(views: View[], panel: HTMLElement): HTMLElement {
  const buttons = views.map((view, i) =>
    h("button", { type: "button", role: "tab", id: `tab-${view.name}`, "aria-controls": "view", click: () => open(i) }, t(view.name)),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("views"), keydown: (event) => turn(event as KeyboardEvent) }, ...buttons);
  const asked = views.findIndex(({ name }) => `#${name}` === location.hash);
  open(Math.max(0, asked), false);
  return list;

  function open(index: number, chosen = true): void {
    const view = views[index]!;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === index));
      button.tabIndex = i === index ? 0 : -1;
    });
    panel.replaceChildren();
    panel.setAttribute("aria-labelledby", `tab-${view.name}`);
    if (chosen) history.replaceState(null, "", view.name === "table" ? location.pathname + location.search : `#${view.name}`);
    const fresh = h("div");
    panel.append(fresh);
    void view.show(fresh);
  }

  function turn(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const now = buttons.findIndex((button) => button === document.activeElement);
    if (!step || now < 0) return;
    const next = (now + step + buttons.length) % buttons.length;
    buttons[next]!.focus();
    open(next);
  }
}

function fail(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") {
    status.textContent = t("cancelled");
    return;
  }
  status.textContent = "";
  // What fetch cannot do is a TypeError; anything else is a fault of this script.
  if (!(error instanceof Problem) && !(error instanceof TypeError)) throw error;
  const told: Told = error instanceof Problem ? error.told : { title: t("unreachable"), detail: String(error), status: 0 };
  const { line, column, hint } = told;
  place.replaceChildren(
    h("div", { class: "problem", role: "alert" },
      h("h2", {}, told.title),
      h("p", {}, told.detail),
      hint && h("p", {}, h("strong", {}, `${t("hint")} `), hint)),
  );
  if (line) editor.mark(hint ? `${told.detail} (${hint})` : told.detail, line, column);
}

function seconds(value: number): string {
  return value.toLocaleString(config.language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function size(bytes: number): string {
  const [amount, unit] = bytes < 1000 ? [bytes, "B"] : bytes < 1e6 ? [bytes / 1000, "kB"] : [bytes / 1e6, "MB"];
  return `${amount.toLocaleString(config.language, { maximumSignificantDigits: 3 })} ${unit}`;
}
