/** JSON to text: on one line, or with a line for each member. */

import { isList, type Json, Num } from "./value";

export function write(value: Json): string {
  if (value instanceof Num) return value.text;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(write).join(",")}]`;
  const members = [...(value as ReadonlyMap<string, Json>)];
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${write(each)}`).join(",")}}`;
}

/** Gives a value with indents; what is short enough for one line stays on it. */
export function pretty(value: Json, indent = "", width = 88): string {
  const line = spaced(value);
  if (value === null || typeof value !== "object" || value instanceof Num) return line;
  if (indent.length + line.length <= width) return line;
  const inner = `${indent}  `;
  const [opening, closing] = isList(value) ? "[]" : "{}";
  const items = isList(value)
    ? value.map((each) => pretty(each, inner, width))
    : [...(value as ReadonlyMap<string, Json>)].map(
        ([key, each]) => `${JSON.stringify(key)}: ${pretty(each, inner, width)}`,
      );
  return `${opening}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${closing}`;
}

function spaced(value: Json): string {
  if (value instanceof Num || value === null || typeof value !== "object") return write(value);
  if (isList(value)) return `[${value.map(spaced).join(", ")}]`;
  const members = [...(value as ReadonlyMap<string, Json>)];
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}: ${spaced(each)}`).join(", ")}}`;
}
