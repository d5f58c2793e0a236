/** What an author finds who begins: for each profile a small step that runs. */

import nodeInputs from "../../../processor/cli/starters/wasm_node/inputs.json?raw";
import nodeModule from "../../../processor/cli/starters/wasm_node/node.py?raw";
import nodeStep from "../../../processor/cli/starters/wasm_node/step.json?raw";
import { type Draft, draftOf, EMPTY } from "./draft";

const BODY = `# The rows of INPUT_DATA after the data checkpoint, three at a time.
if not DATA_CHECKPOINT:
    DATA_CHECKPOINT = 0

unseen = [row for row in INPUT_DATA if row["id"] > DATA_CHECKPOINT]
log.info(f"{len(unseen)} of {len(INPUT_DATA)} rows are new")

return [
    {"id": row["id"], "customer": row["customer"].title(), "total": row["price"] * row["pieces"]}
    for row in unseen[:3]
]
`;

const ROWS = `[
  {"id": 1, "customer": "ada lovelace", "price": 12.5, "pieces": 2, "note": null},
  {"id": 2, "customer": "grace hopper", "price": 3.2, "pieces": 10, "note": "gift"},
  {"id": 3, "customer": "alan turing", "price": 99.0, "pieces": 1, "note": null},
  {"id": 4, "customer": "mary jackson", "price": 7.75, "pieces": 4, "note": "urgent"},
  {"id": 5, "customer": "edsger dijkstra", "price": 45.0, "pieces": 3, "note": null},
  {"id": 6, "customer": "barbara liskov", "price": 18.0, "pieces": 2, "note": null},
  {"id": 7, "customer": "tony hoare", "price": 5.5, "pieces": 6, "note": null}
]`;

const SCHEMA = `{
  "columns": [
    {"name": "id", "type": "Integer", "nullable": false},
    {"name": "customer", "type": "Text", "nullable": false},
    {"name": "total", "type": "Double", "nullable": false}
  ]
}`;

const SCRIPT = `# Earlier nodes of the workflow are global names, each an envelope with its data.
sales = getSalesData["data"]
print(f"{len(sales)} sales")

result = {"total": sum(sales), "largest": max(sales)}
`;

const STATE = `{
  "globals": {
    "getSalesData": {"status": "ok", "data": [120, 80, 310]},
    "params": {"region": "EU"}
  }
}`;

const steps: Draft = {
  ...EMPTY,
  statement: BODY,
  rows: ROWS,
  schema: SCHEMA,
  checkpointColumn: "id",
};

export function starter(profile: string): Draft {
  if (profile === "node") return { ...EMPTY, profile, statement: SCRIPT, inputs: STATE };
  if (profile === "wasm-node") return draftOf(nodeModule, nodeStep, nodeInputs);
  return { ...steps, profile };
}
