/** A text that is edited, as a component: CodeMirror, labelled and in the page's colours. */

import { indentWithTab } from "@codemirror/commands";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { useEffect, useRef } from "preact/hooks";
import { runDraft } from "../page/running";
import { theme } from "./theme";

interface Props {
  readonly value: string;
  readonly label: string;
  readonly language: Extension;
  readonly onChange: (value: string) => void;
  readonly onReady?: (view: EditorView) => () => void;
}

const run = Prec.highest(
  keymap.of([
    {
      key: "Mod-Enter",
      run: () => {
        void runDraft();
        return true;
      },
    },
  ]),
);

export function Editor({ value, label, language, onChange, onReady }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; see below for its text
  useEffect(() => {
    const made = new EditorView({
      doc: value,
      parent: place.current as HTMLDivElement,
      extensions: [run, extensions(label), language, changes(onChange)],
    });
    view.current = made;
    const leave = onReady?.(made);
    return () => {
      leave?.();
      made.destroy();
    };
  }, []);

  useEffect(() => {
    const shown = view.current;
    if (shown === null || shown.state.doc.toString() === value) return;
    shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: value } });
  }, [value]);

  return <div class="editor" ref={place} />;
}

function extensions(label: string): Extension {
  return [
    basicSetup,
    keymap.of([indentWithTab]),
    EditorView.contentAttributes.of({ "aria-label": label }),
    EditorView.cspNonce.of(nonce()),
    theme,
  ];
}

function changes(onChange: (value: string) => void): Extension {
  return EditorView.updateListener.of((update) => {
    if (update.docChanged) onChange(update.state.doc.toString());
  });
}

/** Gives what the page's policy lets styles in by, which the editor makes as it goes. */
function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
}
