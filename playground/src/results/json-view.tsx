/** JSON to read and to copy, as the service sent it. */

import { useMemo, useState } from "preact/hooks";
import type { Json } from "../json/value";
import { pretty } from "../json/write";

/** In UTF-16 units: more is cut on the screen, and copied whole. */
const LONGEST = 200_000;

export function JsonView({ value, label }: { value: Json; label: string }) {
  const text = useMemo(() => pretty(value), [value]);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div class="json-view">
      <button type="button" class="quiet copy" onClick={copy}>
        {copied ? "Copied" : "Copy"}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard */}
      <section class="scroll" aria-label={label} tabIndex={0}>
        <pre class="code">
          {text.length > LONGEST ? `${text.slice(0, LONGEST)}\n… (cut; Copy takes all)` : text}
        </pre>
      </section>
    </div>
  );
}
