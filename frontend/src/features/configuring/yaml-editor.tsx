/**
 * The YAML editor. Only the configure page loads it: it is larger than the rest of the console.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { YamlError } from "./documents";

interface YamlEditorProps {
  value: string;
  errors: readonly YamlError[];
  onChange: (text: string) => void;
}

const editorTheme = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--sc-card)", color: "var(--sc-ink)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "2px solid var(--sc-orange)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-gutters": { backgroundColor: "var(--sc-sunken)", color: "var(--sc-dim)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--sc-orange) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-cursor": { borderLeftColor: "var(--sc-ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--sc-blue) 25%, transparent)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--sc-card)",
    border: "1px solid var(--sc-line-strong)",
    color: "var(--sc-ink)",
  },
});

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--sc-blue)" },
  { tag: [tags.string, tags.content], color: "var(--sc-ink)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--sc-orange)" },
  { tag: [tags.comment, tags.meta], color: "var(--sc-dim)", fontStyle: "italic" },
]);

export default function YamlEditor({ value, errors, onChange }: YamlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const latestOnChange = useRef(onChange);

  useEffect(() => {
    latestOnChange.current = onChange;
  }, [onChange]);

  useEffect(() => {
    const view = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          yaml(),
          syntaxHighlighting(highlighting),
          // Tab indents; Escape and then Tab leaves the editor, as CodeMirror recommends for keyboard users.
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          editorTheme,
          EditorView.contentAttributes.of({ "aria-label": "YAML manifests" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latestOnChange.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    editor.current = view;
    return () => view.destroy();
  }, []);

  // Takes over changes made in the form; text typed here is in the editor already.
  useEffect(() => {
    const view = editor.current;
    if (!view || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const view = editor.current;
    if (!view) return;
    const diagnostics = errors.map((error): Diagnostic => {
      const line = view.state.doc.line(Math.min(Math.max(error.line ?? 1, 1), view.state.doc.lines));
      return { from: line.from, to: line.to, severity: "error", message: error.message };
    });
    view.dispatch(setDiagnostics(view.state, diagnostics));
  }, [errors, value]);

  return <div ref={host} style={{ height: "100%" }} />;
}
