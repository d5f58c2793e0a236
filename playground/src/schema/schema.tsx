/** The output schema: as it is declared, and as the rows of a run suggest it. */

import { JsonText } from "../editor/json-text";
import { change, draft, underWay } from "../page/state";
import { accepted, agrees, type Compared, columnsIn, compared, described } from "./columns";
import { acceptAll, detect, inferred } from "./detecting";

export function Schema() {
  return (
    <div class="schema">
      <div class="fields">
        <button
          type="button"
          class="quiet"
          disabled={underWay.value !== null}
          onClick={() => void detect()}
        >
          Detect from a run
        </button>
        <span>
          {draft.value.schema.trim() === ""
            ? "None is declared yet: here any rows are taken, on the platform none."
            : "Rows that do not match it fail the run."}
        </span>
      </div>
      <Detected />
      <JsonText
        label="Output schema, as JSON"
        example={'{"columns": [{"name": "id", "type": "Integer", "nullable": false}]}'}
        part="schema"
      />
    </div>
  );
}

function Detected() {
  const declared = columnsIn(draft.value.schema);
  if (inferred.value === null || declared === null) return null;
  const columns = compared(declared, inferred.value);
  const open = columns.filter((column) => !agrees(column));
  return (
    <div class="plain-table detected">
      <table>
        <caption>
          {open.length === 0 ? "Declared and detected agree." : `${open.length} to decide`}
          {open.length > 0 && (
            <button type="button" class="quiet" onClick={() => change({ schema: acceptAll() })}>
              Accept all
            </button>
          )}
        </caption>
        <thead>
          <tr>
            <th scope="col">column</th>
            <th scope="col">declared</th>
            <th scope="col">detected</th>
            <th scope="col">what differs</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <Line key={column.name} column={column} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ column }: { column: Compared }) {
  const { name, declared, detected, difference } = column;
  const accept = () => change({ schema: accepted(columnsIn(draft.peek().schema) ?? [], column) });
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{described(declared)}</td>
      <td>{described(detected)}</td>
      <td class={difference?.severity === "error" && !agrees(column) ? "bad-word" : "hint"}>
        {agrees(column) ? "" : (difference?.message ?? "not declared yet")}
      </td>
      <td>
        {!agrees(column) && (
          <button type="button" class="quiet" aria-label={`Accept ${name}`} onClick={accept}>
            {detected === null ? "Leave out" : "Accept"}
          </button>
        )}
      </td>
    </tr>
  );
}
