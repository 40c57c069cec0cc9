// The editor of scripts: turns the text field into an editor, and shows what the
// script does as one types. Without it the field and its buttons do the same.

const form = document.getElementById("script-form");
const cm = await import(form.dataset.editor); // its address has a digest, as all have
const field = document.getElementById("source");
const result = document.getElementById("result");
const panel = result.closest(".result");
const state = document.getElementById("try-state");

// Types, as the declarations for TypeScript tell them.

function readTypes(text) {
  const types = {};
  const hooks = {};
  const globals = [];
  const block = /(?:\/\*\*\s*((?:[^*]|\*(?!\/))*)\*\/\s*)?(?:declare )?(interface|type|function|const) (\w+)/g;
  for (const [, doc, kind, name] of text.matchAll(block)) {
    if (kind === "function" || kind === "const") globals.push({ label: name, info: doc?.trim(), type: kind === "const" ? "variable" : "function" });
  }
  for (const [, name, parent, body] of text.matchAll(/interface (\w+)(?: extends (\w+))? \{\n([\s\S]*?)\n\}/g)) {
    const members = [];
    for (const [, doc, member, call] of body.matchAll(/(?:\/\*\*\s*((?:[^*]|\*(?!\/))*)\*\/\s*)?^\t(?:readonly |get )?(\w+)(\(|\?|:)/gm)) {
      members.push({ label: member, info: doc?.trim(), type: call === "(" ? "method" : "property" });
    }
    types[name] = { parent, members };
  }
  for (const [, name, body] of text.matchAll(/declare const (\w+): \{\n([\s\S]*?)\n\};/g)) {
    const members = [];
    for (const [, member, call] of body.matchAll(/^\t(?:readonly )?(\w+)(\(|:)/gm)) members.push({ label: member, type: call === "(" ? "method" : "property" });
    types["#" + name] = { members };
  }
  const described = /(?:\/\*\*\s*((?:[^*]|\*(?!\/))*)\*\/\s*)?type (\w+) = \(([^)]*)\) =>/g;
  for (const [, doc, name, list] of text.matchAll(described)) {
    hooks[name] = { doc: doc?.trim(), params: list.split(",").map((p) => p.split(":").map((s) => s.replace("?", "").trim())).filter(([n]) => n) };
  }
  return { types, hooks, globals };
}

const known = readTypes(document.getElementById("types").content.textContent);

function membersOf(type) {
  const found = known.types[type];
  if (!found) return [];
  const own = found.members.filter((m, i, all) => all.findIndex((o) => o.label === m.label) === i);
  return [...own, ...membersOf(found.parent).filter((m) => !own.some((o) => o.label === m.label))];
}

// The type of a name is that of the parameter of the hook around it.
function typeOf(name, before) {
  if (known.types["#" + name]) return "#" + name;
  const functions = [...before.matchAll(/function\s+(\w+)\s*\(([^)]*)\)/g)];
  const [, hook, list] = functions.at(-1) ?? [];
  const at = (list ?? "").split(",").map((s) => s.trim()).indexOf(name);
  return known.hooks[hook]?.params[at]?.[1];
}

function complete(context) {
  const member = context.matchBefore(/\w+\.\w*/);
  if (member) {
    const [name] = member.text.split(".");
    const options = membersOf(typeOf(name, context.state.sliceDoc(0, member.from)));
    return options.length ? { from: member.from + name.length + 1, options, validFor: /^\w*$/ } : null;
  }
  const word = context.matchBefore(/\w+/);
  if (!word && !context.explicit) return null;
  const hooks = Object.entries(known.hooks).map(([name, hook]) =>
    cm.snippetCompletion(`function ${name}(${hook.params.map(([p]) => p).join(", ")}) {\n  \${}\n}`, { label: name, info: hook.doc, type: "function", boost: 1 }));
  return { from: word ? word.from : context.pos, options: [...hooks, ...known.globals], validFor: /^\w*$/ };
}

// Colours are those of the page: its properties reach into the editor.

const theme = cm.EditorView.theme({
  "&": { height: "100%", color: "var(--pico-color)", fontSize: "0.875rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "ui-monospace, monospace", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--pico-color)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--pico-color)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--pico-muted-color)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--pico-primary) 7%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--pico-primary) 28%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--pico-card-background-color)", color: "var(--pico-color)", border: "1px solid var(--pico-muted-border-color)", borderRadius: "0.375rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--pico-primary-background)", color: "var(--pico-primary-inverse)" },
  ".cm-completionInfo": { maxWidth: "22rem", whiteSpace: "pre-line" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--tone-good) 22%, transparent)" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap" },
});

const t = cm.tags;
const colours = cm.HighlightStyle.define([
  { tag: [t.keyword, t.operatorKeyword, t.modifier], color: "var(--tone-live)", fontWeight: "600" },
  { tag: [t.string, t.special(t.string), t.regexp], color: "var(--tone-good)" },
  { tag: [t.number, t.bool, t.null], color: "var(--tone-warn)" },
  { tag: [t.comment], color: "var(--pico-muted-color)", fontStyle: "italic" },
  { tag: [t.function(t.variableName), t.definition(t.function(t.variableName))], fontWeight: "600" },
  { tag: t.invalid, color: "var(--tone-bad)" },
]);

// In a shadow tree the styles of the editor are style sheets made by script, which
// the content policy lets pass; style elements it forbids.
const box = document.createElement("div");
box.className = "editor";
const root = box.attachShadow({ mode: "open" });
field.after(box);

const view = new cm.EditorView({
  root,
  parent: root,
  state: cm.EditorState.create({
    doc: field.value,
    extensions: [
      cm.lineNumbers(), cm.lintGutter(), cm.highlightActiveLineGutter(), cm.highlightSpecialChars(), cm.history(), cm.drawSelection(),
      cm.indentOnInput(), cm.bracketMatching(), cm.closeBrackets(), cm.highlightActiveLine(), cm.indentUnit.of("  "),
      cm.javascript(), cm.syntaxHighlighting(colours), theme,
      cm.autocompletion({ override: [complete] }),
      // Tab leaves the editor, so that a keyboard is never caught in it.
      cm.keymap.of([
        { key: "Mod-Enter", run: () => { again(0); return true; } },
        ...cm.closeBracketsKeymap, ...cm.defaultKeymap, ...cm.historyKeymap, ...cm.completionKeymap, ...cm.lintKeymap,
      ]),
      cm.EditorView.contentAttributes.of({ "aria-label": document.querySelector("label[for='source']").textContent }),
      cm.EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        field.value = update.state.doc.toString();
        again(350);
      }),
    ],
  }),
});
field.hidden = true;
document.querySelector("label[for='source']").addEventListener("click", () => view.focus());

// What the script does follows what is typed; only the latest question counts.

let timer;
let asking;

function again(after) {
  clearTimeout(timer);
  timer = setTimeout(ask, after);
}

async function ask() {
  asking?.abort();
  const mine = (asking = new AbortController());
  panel.classList.add("waiting");
  state.textContent = state.dataset.waiting;
  try {
    const answer = await fetch(form.dataset.try, {
      method: "POST",
      body: new URLSearchParams({ source: field.value }),
      signal: mine.signal,
      redirect: "error",
    });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const at = result.querySelector(".tried")?.scrollTop;
    result.replaceChildren(...page.body.childNodes);
    if (at) result.querySelector(".tried")?.scrollTo(0, at);
    state.textContent = "";
    mark();
  } catch (error) {
    if (error.name === "AbortError") return;
    state.textContent = state.dataset.lost;
  }
  if (mine === asking) panel.classList.remove("waiting");
}

// mark shows at their lines what went wrong.
function mark() {
  const marks = [...result.querySelectorAll("[data-line]")].map((el) => {
    const line = view.state.doc.line(Math.min(Math.max(1, Number(el.dataset.line)), view.state.doc.lines));
    return { from: line.from, to: line.to, severity: "error", message: el.dataset.fault };
  });
  marks.sort((a, b) => a.from - b.from);
  view.dispatch(cm.setDiagnostics(view.state, marks));
}

document.getElementById("try").addEventListener("click", (event) => {
  event.preventDefault();
  again(0);
});

if (result.querySelector("[data-line]")) mark();
if (!result.querySelector(".tried, .alert")) again(0);
