/** Declared and detected columns beside each other, and the schema that accepting one makes. */

import type { Disagreement, Inferred } from "../api/authoring";
import { read } from "../json/read";
import { isList, isObject, type Json, type JsonObject } from "../json/value";
import { pretty, write } from "../json/write";

export interface Compared {
  readonly name: string;
  readonly declared: JsonObject | null;
  readonly detected: JsonObject | null;
  /** What differs, by the service's own words. */
  readonly difference: Disagreement | null;
}

/** Gives the columns of a schema that is written in the column form; null for any other text. */
export function columnsIn(schema: string): readonly JsonObject[] | null {
  if (schema.trim() === "") return [];
  try {
    const value = read(schema);
    const columns = isObject(value) ? value.get("columns") : undefined;
    return isList(columns) && columns.every(isObject) ? columns : null;
  } catch {
    return null;
  }
}

/** Gives every column once, those that are declared first. */
export function compared(declared: readonly JsonObject[], inferred: Inferred): readonly Compared[] {
  const names = new Set([...declared, ...inferred.columns].map(nameOf));
  return [...names].map((name) => ({
    name,
    declared: declared.find((column) => nameOf(column) === name) ?? null,
    detected: inferred.columns.find((column) => nameOf(column) === name) ?? null,
    difference: inferred.difference?.find(({ column }) => column === name) ?? null,
  }));
}

/** Tells whether both say the same of a column; descriptions and other notes count for nothing. */
export function agrees({ declared, detected }: Compared): boolean {
  if (declared === null || detected === null) return false;
  return ["type", "nullable", "columns"].every(
    (member) => write(declared.get(member) ?? null) === write(detected.get(member) ?? null),
  );
}

/** Gives the schema in which one column is as it was detected; one that was not seen is left out. */
export function accepted(declared: readonly JsonObject[], column: Compared): string {
  const { name, detected } = column;
  const known = declared.some((each) => nameOf(each) === name);
  const columns = declared.flatMap((each) => {
    if (nameOf(each) !== name) return [each];
    return detected === null ? [] : [new Map([...each, ...detected])];
  });
  return schemaOf(known || detected === null ? columns : [...columns, detected]);
}

export function schemaOf(columns: readonly JsonObject[]): string {
  return pretty(new Map<string, Json>([["columns", columns]]), "", 60);
}

export function described(column: JsonObject | null): string {
  if (column === null) return "—";
  return `${String(column.get("type"))}${column.get("nullable") === true ? ", null" : ""}`;
}

function nameOf(column: JsonObject): string {
  return String(column.get("name"));
}
