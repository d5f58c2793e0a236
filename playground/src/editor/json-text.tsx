/** A part of the draft that is JSON. */

import { json, jsonParseLinter } from "@codemirror/lang-json";
import { linter } from "@codemirror/lint";
import { placeholder } from "@codemirror/view";
import { useMemo } from "preact/hooks";
import { Editor } from "./editor";

interface Props {
  readonly value: string;
  readonly label: string;
  readonly example: string;
  readonly onChange: (value: string) => void;
}

const parse = jsonParseLinter();
const faults = linter((view) => (view.state.doc.length === 0 ? [] : parse(view)));

export function JsonText({ value, label, example, onChange }: Props) {
  const language = useMemo(() => [json(), faults, placeholder(example)], [example]);
  return <Editor label={label} language={language} onChange={onChange} value={value} />;
}
