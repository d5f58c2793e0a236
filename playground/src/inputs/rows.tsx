/** The rows of INPUT_DATA, the checkpoint before them, and the column that it is taken from. */

import { useRef } from "preact/hooks";
import { JsonText } from "../editor/json-text";
import { attempt } from "../page/running";
import { change, draft } from "../page/state";
import { rowsFromFile } from "./files";

export function InputRows() {
  const { checkpoint, checkpointColumn } = draft.value;
  return (
    <div class="input-rows">
      <div class="fields">
        <label>
          Checkpoint
          <input
            placeholder="none yet"
            title="the checkpoint before this run, as JSON: 42 or &quot;2024-01-31&quot;"
            value={checkpoint}
            onInput={(event) => change({ checkpoint: event.currentTarget.value })}
          />
        </label>
        <label>
          taken from column
          <input
            placeholder="no column"
            value={checkpointColumn}
            onInput={(event) => change({ checkpointColumn: event.currentTarget.value })}
          />
        </label>
        <OpenFile />
      </div>
      <JsonText
        label="Input rows, as JSON"
        example={'[{"id": 1, "name": "Ada"}, {"id": 2, "name": "Grace"}]'}
        part="rows"
      />
    </div>
  );
}

function OpenFile() {
  const chooser = useRef<HTMLInputElement>(null);
  const open = (file: File | undefined) => {
    if (file === undefined) return;
    void attempt(async () => change({ rows: await rowsFromFile(file) }));
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => chooser.current?.click()}>
        Open a CSV or JSON file
      </button>
      <input
        ref={chooser}
        type="file"
        hidden
        aria-label="A file of rows"
        accept=".csv,.json,.ndjson,text/csv,application/json"
        onChange={(event) => open(event.currentTarget.files?.[0])}
      />
    </>
  );
}
