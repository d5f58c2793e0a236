/** One value as text: never as markup, whatever it holds. */

import { type Json, kindOf } from "../json/value";
import { spelled } from "./words";

/** As much of a value as a cell of a table shows. */
const LONGEST = 300;

interface Props {
  /** `undefined` where the row has no such column. */
  readonly value: Json | undefined;
}

export function Cell({ value }: Props) {
  if (value === undefined)
    return (
      <span class="cell absent" title="the row has no such column">
        —
      </span>
    );
  const text = spelled(value);
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return (
    <span
      class={`cell ${kindOf(value)}`}
      title={text.length > 40 ? text.slice(0, 2000) : undefined}
    >
      {shown === "" ? <span class="empty-text">empty text</span> : shown}
    </span>
  );
}
