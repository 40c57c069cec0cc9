// What web/static/own/editor.js uses of CodeMirror 6.
export { EditorView, keymap, lineNumbers, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, drawSelection } from "@codemirror/view";
export { EditorState, Compartment } from "@codemirror/state";
export { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
export { javascript, javascriptLanguage, scopeCompletionSource } from "@codemirror/lang-javascript";
export { autocompletion, completionKeymap, closeBrackets, closeBracketsKeymap, snippetCompletion } from "@codemirror/autocomplete";
export { lintGutter, setDiagnostics, lintKeymap } from "@codemirror/lint";
export { bracketMatching, indentOnInput, indentUnit, HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
export { tags } from "@lezer/highlight";
