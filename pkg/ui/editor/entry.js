// What the workbench takes of CodeMirror 6 (MIT, released in 2026): an editor that people
// can use by keyboard and screen reader, which shows problems where they are. Made into
// ../assets/codemirror.js by build.js.
export {autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap} from "@codemirror/autocomplete"
export {defaultKeymap, history, historyKeymap, redo, undo} from "@codemirror/commands"
export {yaml} from "@codemirror/lang-yaml"
export {bracketMatching, indentUnit, syntaxHighlighting} from "@codemirror/language"
export {lintGutter, lintKeymap, setDiagnostics} from "@codemirror/lint"
export {MergeView, unifiedMergeView} from "@codemirror/merge"
export {highlightSelectionMatches, openSearchPanel, search, searchKeymap} from "@codemirror/search"
export {Compartment, EditorState} from "@codemirror/state"
export {EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, hoverTooltip, keymap, lineNumbers} from "@codemirror/view"
export {classHighlighter} from "@lezer/highlight"
