/** Values, sizes and spans as a person reads them. */

import { type Json, Num } from "../json/value";
import { write } from "../json/write";

/** Gives a value as text; a text as it is, all else as JSON. */
export function spelled(value: Json): string {
  if (typeof value === "string") return value;
  return value instanceof Num ? value.text : write(value);
}

export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}

export function milliseconds(span: number): string {
  if (span >= 1000) return `${(span / 1000).toFixed(2)} s`;
  return `${span < 10 ? span.toFixed(1) : Math.round(span)} ms`;
}

export function bytes(count: number): string {
  return count < 1 << 20
    ? `${Math.round(count / 1024)} kB`
    : `${(count / (1 << 20)).toFixed(1)} MB`;
}
