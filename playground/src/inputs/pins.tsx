/** A field for each input pin of a node, as its module defines them. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { define, type NodeDefinition, type Pin } from "../api/nodes";
import { attempt } from "../page/running";
import { change, draft } from "../page/state";
import { isText, shownOf, takesValue, withPin } from "./context";

const nodes = signal<readonly NodeDefinition[]>([]);

export function Pins() {
  return (
    <div class="pins">
      <div class="fields">
        <button type="button" class="quiet" onClick={() => void readPins()}>
          Read the pins
        </button>
        <span>A field for each input pin, as the module defines it.</span>
      </div>
      {nodes.value.map((node) => (
        <Fields key={node.name} node={node} />
      ))}
    </div>
  );
}

async function readPins(): Promise<void> {
  await attempt(async () => {
    nodes.value = await define(draft.peek().statement);
  });
}

function Fields({ node }: { node: NodeDefinition }) {
  return (
    <fieldset>
      <legend>{node.friendly_name}</legend>
      <p class="hint">{node.description}</p>
      {node.pins.filter(takesValue).map((pin) => (
        <Field key={pin.name} pin={pin} />
      ))}
    </fieldset>
  );
}

function Field({ pin }: { pin: Pin }) {
  // What cannot be read yet stays in the field: half of a number is no number.
  const [writing, setWriting] = useState<string | null>(null);
  const write = (text: string) => {
    try {
      change({ inputs: withPin(draft.peek().inputs, pin, text) });
      setWriting(null);
    } catch {
      setWriting(text);
    }
  };
  return (
    <label>
      <span>
        {pin.friendly_name} <span class="kind">{pin.normalised.data_type}</span>
      </span>
      <input
        value={writing ?? shownOf(draft.value.inputs, pin)}
        aria-invalid={writing !== null}
        placeholder={isText(pin) ? "" : "as JSON"}
        title={pin.description}
        onInput={(event) => write(event.currentTarget.value)}
      />
    </label>
  );
}
