/** A part of the draft that is JSON. */

import { json, jsonParseLinter } from "@codemirror/lang-json";
import { linter } from "@codemirror/lint";
import { placeholder } from "@codemirror/view";
import { useMemo } from "preact/hooks";
import { change, draft } from "../page/state";
import { Editor } from "./editor";

interface Props {
  readonly part: "rows" | "inputs" | "schema" | "step";
  readonly label: string;
  readonly example: string;
}

const parse = jsonParseLinter();
const faults = linter((view) => (view.state.doc.length === 0 ? [] : parse(view)));

export function JsonText({ part, label, example }: Props) {
  const language = useMemo(() => [json(), faults, placeholder(example)], [example]);
  return (
    <Editor
      label={label}
      language={language}
      onChange={(text) => change({ [part]: text })}
      value={() => draft.value[part]}
    />
  );
}
