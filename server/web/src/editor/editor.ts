// The editor: CodeMirror in a shadow tree, where its styles need no exception from the page's policy.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { t } from "../lib/config";
import { complete } from "./complete";
import { definitions } from "./hover";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--seal)", fontWeight: "600" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--plum)" },
  { tag: [tags.atom, tags.meta, tags.propertyName], color: "var(--calm)" },
  { tag: tags.string, color: "var(--good)" },
  { tag: tags.number, color: "var(--warn)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--sheet)", fontSize: "0.95rem", borderRadius: "6px" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", maxHeight: "60vh" },
  ".cm-content, .cm-gutter": { minHeight: "13rem" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.7rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--faint)", color: "var(--soft)", border: "0", borderRadius: "6px 0 0 6px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--faint) 60%, transparent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--link) 25%, transparent) !important" },
  ".cm-matchingBracket": { backgroundColor: "var(--calm-bg) !important", outline: "1px solid var(--calm)" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--rule)", borderRadius: "6px", boxShadow: "0 6px 24px rgb(0 0 0 / 0.18)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "0.88rem", maxHeight: "17rem", maxWidth: "min(42rem, 92vw)" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.6rem !important", lineHeight: "1.5" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--calm-bg) !important", color: "var(--ink) !important" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", color: "var(--soft)", marginLeft: "1em" },
  ".cm-completionMatchedText": { textDecoration: "none" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", padding: "0.4rem 0.7rem", borderLeft: "4px solid var(--bad)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 1.5px", textUnderlineOffset: "0.25em", backgroundColor: "var(--bad-bg)" },
  ".definition": { maxWidth: "26rem", padding: "0.5rem 0.75rem", fontFamily: "var(--sans)", fontSize: "0.9rem" },
  ".definition strong": { display: "block" },
});

/**
 * Replaces selected text by what is typed. Left to itself the browser would first wrap it in an
 * element with a style of its own, which the page's policy forbids.
 */
const replacing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    const { data } = event;
    if (event.inputType !== "insertText" || event.isComposing || empty || !data) return false;
    event.preventDefault();
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type" });
    const handled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert));
    if (!handled) view.dispatch(insert());
    return true;
  },
});

export interface Editor {
  text(): string;
  /** Marks where a query is wrong, by line and column from 1, and puts the cursor there. */
  mark(message: string, line?: number, column?: number): void;
  unmark(): void;
  focus(): void;
}

/** Puts the editor in a place of the page; `run` is called by Ctrl-Enter. */
export function edit(host: HTMLElement, text: string, run: () => void, changed: (text: string) => void): Editor {
  const root = host.attachShadow({ mode: "open", delegatesFocus: true });
  const parent = document.createElement("div");
  root.append(parent);
  const view: EditorView = new EditorView({
    root,
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [complete], icons: false, activateOnTypingDelay: 120, maxRenderedOptions: 60 }),
        StreamLanguage.define(sparql),
        syntaxHighlighting(colours),
        definitions,
        replacing,
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": t("query"), spellcheck: "false" }),
        EditorState.phrases.of({ Completions: t("completions"), Diagnostics: t("problem") }),
        // Tab moves on, as everywhere on a page; the first of these wins.
        keymap.of([
          { key: "Mod-Enter", run: () => (run(), true) },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),
    unmark: () => view.dispatch(setDiagnostics(view.state, [])),
    mark(message, line = 1, column = 1) {
      const { doc } = view.state;
      const at = doc.line(Math.min(line, doc.lines));
      // Columns count characters; the editor counts halves of those beyond the basic plane.
      const from = Math.min(at.from + [...at.text].slice(0, column - 1).join("").length, doc.length);
      const token = /^(?:[?$\w:.-]+|\S)/.exec(doc.sliceString(from))?.[0].length ?? 0;
      const start = token ? from : Math.max(0, from - 1);
      const found: Diagnostic = { from: start, to: Math.min(start + Math.max(token, 1), doc.length), severity: "error", message };
      view.dispatch(setDiagnostics(view.state, [found]));
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from) });
      view.focus();
    },
  };
}
