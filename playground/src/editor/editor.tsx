/** A text that is edited, as a component: CodeMirror, labelled and in the page's colours. */

import { indentWithTab } from "@codemirror/commands";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { effect } from "@preact/signals";
import { basicSetup } from "codemirror";
import { useEffect, useRef } from "preact/hooks";
import { runDraft } from "../page/running";
import { theme } from "./theme";

interface Props {
  /** Gives the text by reading a signal: the editor follows it without waiting to be drawn. */
  readonly value: () => string;
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once, and follows its signal
  useEffect(() => {
    const view = new EditorView({
      doc: value(),
      parent: place.current as HTMLDivElement,
      extensions: [run, extensions(label), language, changes(onChange)],
    });
    // At once, not after drawing: a text of before would overwrite what is being typed.
    const stop = effect(() => replace(view, value()));
    const leave = onReady?.(view);
    return () => {
      stop();
      leave?.();
      view.destroy();
    };
  }, []);

  return <div class="editor" ref={place} />;
}

function replace(view: EditorView, text: string): void {
  if (view.state.doc.toString() === text) return;
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}

function extensions(label: string): Extension {
  return [
    basicSetup,
    keymap.of([indentWithTab]),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
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
