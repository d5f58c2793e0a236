/**
 * JSON as it is written: numbers keep their spelling, objects their order.
 *
 * JavaScript's own reading turns 9007199254740993 into ...992 and 1.0 into 1, and puts keys that
 * look like numbers first. Rows are shown here as the service sent them, so none of that will do.
 */

/** A number by its spelling. */
export class Num {
  constructor(readonly text: string) {}

  get isWhole(): boolean {
    return !/[.eE]/.test(this.text);
  }
}

export type Json = null | boolean | string | Num | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;
export type Row = JsonObject;

export type Kind = "null" | "boolean" | "text" | "integer" | "double" | "list" | "object";

export function kindOf(value: Json): Kind {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  if (value instanceof Num) return value.isWhole ? "integer" : "double";
  return isObject(value) ? "object" : "list";
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Tells whether a value is a list of objects, as INPUT_DATA and the output of a step are. */
export function isRows(value: Json | undefined): value is readonly Row[] {
  return isList(value) && value.every(isObject);
}

/** Gives objects and lists as JavaScript has them, for what is our own and not the author's. */
export function plain(value: Json): unknown {
  if (value instanceof Num) return Number(value.text);
  if (isList(value)) return value.map(plain);
  if (isObject(value)) return Object.fromEntries([...value].map(([key, v]) => [key, plain(v)]));
  return value;
}
