/** The output schema as it is declared. */

import { JsonText } from "../editor/json-text";
import { change, draft } from "../page/state";

export function Schema() {
  return (
    <JsonText
      label="Output schema, as JSON"
      example={'{"columns": [{"name": "id", "type": "Integer", "nullable": false}]}'}
      value={draft.value.schema}
      onChange={(schema) => change({ schema })}
    />
  );
}
