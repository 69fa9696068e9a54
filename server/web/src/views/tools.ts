// What one takes away: the answer in every format, a link that lasts, code that asks again.
import { config, t } from "../lib/config";
import { h } from "../lib/dom";

const SUFFIXES: Record<string, string> = { turtle: "ttl", ntriples: "nt", nquads: "nq", rdfxml: "rdf" };

/** What an answer holds: rows of a SELECT, triples, or the yes or no of an ASK. */
type Form = "rows" | "triples" | "truth";

const ACCEPT: Record<Form, string> = { rows: "text/csv", triples: "text/turtle", truth: "text/csv" };

const LANGUAGES: [string, (query: string, form: Form) => string][] = [
  ["curl", (query, form) => `curl ${config.url} \\\n  --header 'Accept: ${ACCEPT[form]}' \\\n  --data-urlencode query@- <<'SPARQL'\n${query.trimEnd()}\nSPARQL\n`],
  ["Python", python],
  ["R", r],
  ["JavaScript", javascript],
];

/** Makes the row of tools below an answer. */
export function tools(query: string, form: Form): HTMLElement {
  const formats = config.formats[form === "triples" ? "triples" : "rows"];
  const downloads = formats.map((name) => {
    const params = new URLSearchParams({ query, format: name });
    const file = `answer.${SUFFIXES[name] ?? name}`;
    return h("li", {}, h("a", { href: `${config.endpoint}?${params}`, download: file }, config.names[name] ?? name));
  });
  const copied = h("span", { role: "status", class: "note" });
  const link = address(query).toString();
  const share = h("button", { type: "button", class: "button", click: () => void copy(link, copied) }, t("copy_link"));
  const cite = h("a", { class: "button", href: `${config.cite}?${new URLSearchParams({ query })}` }, t("cite"));
  return h(
    "section",
    { class: "tools", "aria-label": t("take_away") },
    h("div", {}, h("h3", {}, t("download")), h("ul", { class: "formats" }, ...downloads)),
    h("div", {}, h("h3", {}, t("share")), h("p", { class: "controls" }, share, cite, copied)),
    code(query, form),
  );
}

/** Gives the address of this page with a query in it. */
export function address(query: string): URL {
  const url = new URL(location.href);
  const lang = url.searchParams.get("lang");
  url.search = new URLSearchParams({ query, ...(lang ? { lang } : {}) }).toString();
  return url;
}

async function copy(text: string, told: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = t("copied");
  } catch {
    // Without the right to write there, the text is shown to be copied by hand.
    told.replaceChildren(h("input", { readonly: true, value: text, "aria-label": t("copy_link") }));
    told.querySelector("input")?.select();
  }
}

function code(query: string, form: Form): HTMLElement {
  const shown = h("pre", { tabindex: 0 }, h("code"));
  const copied = h("span", { role: "status", class: "note" });
  const text = () => shown.textContent ?? "";
  const buttons = LANGUAGES.map(([name, write]) =>
    h("button", { type: "button", class: "button", "aria-pressed": "false", click: (event) => show(event.currentTarget as Element, write) }, name),
  );
  const show = (button: Element, write: (query: string, form: Form) => string) => {
    buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    shown.firstElementChild!.textContent = write(query, form);
    copied.textContent = "";
  };
  show(buttons[0]!, LANGUAGES[0]![1]);
  return h(
    "details",
    { class: "program" },
    h("summary", {}, t("code")),
    h("p", { class: "controls" }, ...buttons, h("button", { type: "button", class: "button", click: () => void copy(text(), copied) }, t("copy")), copied),
    shown,
  );
}

function python(query: string, form: Form): string {
  const [library, end] = {
    rows: ["\nimport pandas\n", "answer = pandas.read_csv(urlopen(request))\nprint(answer)"],
    triples: ["\nimport rdflib\n", 'graph = rdflib.Graph().parse(urlopen(request), format="turtle")\nprint(len(graph))'],
    truth: ["", 'answer = urlopen(request).read().strip() == b"true"\nprint(answer)'],
  }[form];
  return `from urllib.parse import urlencode
from urllib.request import Request, urlopen
${library}
query = ${JSON.stringify(query.trimEnd()).replaceAll("\\n", "\\n\"\n    \"").replace(/^"/, '(\n    "').replace(/"$/, '"\n)')}
request = Request(
    "${config.url}",
    data=urlencode({"query": query}).encode(),
    headers={"Accept": "${ACCEPT[form]}"},
)
${end}
`;
}

function r(query: string, form: Form): string {
  const end = {
    rows: "answer <- read.csv(text = resp_body_string(response))\nprint(answer)",
    triples: "cat(resp_body_string(response))",
    truth: 'answer <- trimws(resp_body_string(response)) == "true"\nprint(answer)',
  }[form];
  return `library(httr2)

query <- ${JSON.stringify(query.trimEnd())}
response <- request("${config.url}") |>
  req_headers(Accept = "${ACCEPT[form]}") |>
  req_body_form(query = query) |>
  req_perform()
${end}
`;
}

function javascript(query: string, form: Form): string {
  const end = {
    rows: "const { results } = await response.json();\nconsole.log(results.bindings);",
    triples: "console.log(await response.text());",
    truth: "const { boolean } = await response.json();\nconsole.log(boolean);",
  }[form];
  return `const query = ${JSON.stringify(query.trimEnd())};
const response = await fetch("${config.url}", {
  method: "POST",
  headers: { Accept: "${form === "triples" ? ACCEPT[form] : "application/sparql-results+json"}" },
  body: new URLSearchParams({ query }),
});
if (!response.ok) throw new Error(await response.text());
${end}
`;
}
