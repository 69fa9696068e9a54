// The answer as a table: pages of a hundred rows, sorted by any column, the claims behind each row.
import type { Answer, Column } from "../lib/answer";
import { config, count, t } from "../lib/config";
import { h } from "../lib/dom";
import { findNames } from "../lib/endpoint";
import { cell } from "./cells";

const PAGE = 100;

/** Shows the answer in a place; `query` is what it answers, for the claims behind a row. */
export function table(host: HTMLElement, answer: Answer, query: string): void {
  let order: number[] | undefined;
  let sorted: { column: Column; descending: boolean } | undefined;
  let page = 0;
  let shown: number[] = [];
  const pages = Math.max(1, Math.ceil(answer.size / PAGE));
  const body = h("tbody");
  const heads = answer.columns.map((column) => {
    const button = h("button", { type: "button", class: "sort", click: () => sort(column) }, column.name);
    return h("th", { scope: "col", class: column.kind === "number" ? "number" : undefined }, button);
  });
  const place = h("span", { class: "place", role: "status" });
  const previous = h("button", { type: "button", class: "button", click: () => turn(page - 1) }, t("previous"));
  const next = h("button", { type: "button", class: "button", click: () => turn(page + 1) }, t("next"));
  const last = h("button", { type: "button", class: "button", click: () => turn(pages - 1) }, t("last"));
  const asked = answer.isTriples ? "SELECT * { ?subject ?predicate ?object }" : query;

  host.append(
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": t("table") },
      h("table", { class: "rows" }, h("thead", {}, h("tr", {}, ...heads, h("th", { scope: "col" }, t("evidence")))), body),
    ),
  );
  if (pages > 1) host.append(h("nav", { class: "turn", "aria-label": t("pages") }, previous, next, last, place));
  turn(0);

  function sort(column: Column): void {
    const again = sorted?.column === column;
    // Ascending, descending, and as the endpoint gave them.
    sorted = again && sorted?.descending ? undefined : { column, descending: again };
    order = sorted && answer.sorted(column, sorted.descending);
    heads.forEach((head, i) => {
      const here = sorted?.column.index === i;
      if (here) head.setAttribute("aria-sort", sorted?.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    turn(0);
  }

  function turn(to: number): void {
    page = Math.min(Math.max(0, to), pages - 1);
    previous.disabled = page === 0;
    next.disabled = last.disabled = page === pages - 1;
    const [from, until] = [page * PAGE, Math.min((page + 1) * PAGE, answer.size)];
    place.textContent = t("place", { from: count(from + 1), to: count(until), total: count(answer.size) });
    const rows = Array.from({ length: until - from }, (_, i) => order?.[from + i] ?? from + i);
    draw(rows);
    const iris = rows.flatMap((row) => answer.row(row)).filter(({ kind }) => kind === "iri");
    void findNames(iris.map(({ value }) => value)).then(() => rows.every((row, i) => row === shown[i]) && relabel(rows));
  }

  function draw(rows: number[]): void {
    shown = rows;
    body.replaceChildren(...rows.map((row, i) => line(row, i)));
  }

  /** Writes the cells again, now that names are known; what somebody opened stays open. */
  function relabel(rows: number[]): void {
    const lines = [...body.querySelectorAll<HTMLTableRowElement>("tr:not(.behind)")];
    rows.forEach((row, i) => {
      answer.row(row).forEach((term, j) => term.kind === "iri" && lines[i]?.cells[j]?.replaceChildren(cell(term)));
    });
  }

  function line(row: number, index: number): HTMLTableRowElement {
    const cells = answer.columns.map(({ kind, name }, i) => {
      const term = answer.row(row)[i] ?? { kind: "none" as const, value: "" };
      const look = [kind === "number" && "number", term.kind === "none" && "none"].filter(Boolean).join(" ");
      return h("td", { class: look || undefined, "data-label": name }, cell(term));
    });
    const label = t("behind", { row: page * PAGE + index + 1 });
    const button = h(
      "button",
      { type: "button", class: "source", "aria-expanded": "false", "aria-label": label, title: label, click: () => void open() },
      t("sources"),
    );
    const made = h("tr", {}, ...cells, h("td", {}, button));
    return made;

    async function open(): Promise<void> {
      const below = made.nextElementSibling;
      if (below?.classList.contains("behind")) {
        below.remove();
        button.setAttribute("aria-expanded", "false");
        return;
      }
      const told = h("div", { role: "status" }, t("searching"));
      made.after(h("tr", { class: "behind" }, h("td", { colspan: answer.columns.length + 1 }, told)));
      button.setAttribute("aria-expanded", "true");
      await behind(told, asked, answer.written(row));
    }
  }
}

/** Takes in the part of a page that shows the claims behind a row. */
async function behind(host: HTMLElement, query: string, row: string): Promise<void> {
  const params = new URLSearchParams({ query, row, lang: config.language });
  const response = await fetch(`${config.claims}?${params}`, { headers: { accept: "text/html, application/problem+json;q=0.5" } });
  const text = await response.text();
  // Written by the server as all pages are, each text escaped; parsed without running anything.
  const part = new DOMParser().parseFromString(text, "text/html");
  if (response.ok) host.replaceChildren(...part.body.childNodes);
  else host.replaceChildren(h("p", { class: "problem" }, t("no_claims")));
}
