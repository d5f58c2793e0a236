/** What the statement is given, and the rest of its step. */

import { takesRows } from "../draft/order";
import { JsonText } from "../editor/json-text";
import { draft, type InputTab, inputTab } from "../page/state";
import { type Tab, Tabs } from "../page/tabs";
import { Schema } from "../schema/schema";
import { Pins } from "./pins";
import { InputRows } from "./rows";

const ROWS: Tab<InputTab> = { name: "rows", title: "Input rows" };
const OTHERS: Tab<InputTab> = { name: "inputs", title: "Other inputs" };
const SCHEMA: Tab<InputTab> = { name: "schema", title: "Output schema" };
const STEP: Tab<InputTab> = { name: "step", title: "Step" };

export function Inputs() {
  const { profile } = draft.value;
  const tabs = tabsFor(profile);
  const chosen = tabs.some(({ name }) => name === inputTab.value) ? inputTab.value : tabs[0].name;
  return (
    <Tabs
      label="Inputs"
      tabs={tabs}
      chosen={chosen}
      onChoose={(name) => {
        inputTab.value = name;
      }}
    >
      <Panel key={`${profile}:${chosen}`} chosen={chosen} />
    </Tabs>
  );
}

function tabsFor(profile: string): [Tab<InputTab>, ...Tab<InputTab>[]] {
  if (takesRows(profile)) return [ROWS, OTHERS, SCHEMA, STEP];
  const title = profile === "wasm-node" ? "Context" : "Workflow state";
  return [{ ...OTHERS, title }, SCHEMA, STEP];
}

function Panel({ chosen }: { chosen: InputTab }) {
  if (chosen === "rows") return <InputRows />;
  if (chosen === "schema") return <Schema />;
  if (chosen === "step") {
    return (
      <JsonText
        label="The rest of the step, as JSON"
        example={'{"processing": "row", "limits": {"wall_seconds": 10}}'}
        part="step"
      />
    );
  }
  return (
    <div class="input-rows">
      {draft.value.profile === "wasm-node" && <Pins />}
      <JsonText
        label="Other inputs by name, as JSON"
        example={'{"variables": {"Region": "EU"}, "INPUT_DATA2": [{"id": 1}]}'}
        part="inputs"
      />
    </div>
  );
}
