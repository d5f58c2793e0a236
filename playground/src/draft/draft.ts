/** What an author works on: a step and its inputs, each part as the text that is being written. */

import { read } from "../json/read";
import { isObject, type Json, type JsonObject } from "../json/value";
import { pretty } from "../json/write";

export interface Draft {
  readonly profile: string;
  readonly statement: string;
  /** JSON: the rows of INPUT_DATA. */
  readonly rows: string;
  /** JSON: all other inputs by name, or "" for none. */
  readonly inputs: string;
  /** JSON: the checkpoint that the run starts from, or "" for none yet. */
  readonly checkpoint: string;
  readonly checkpointColumn: string;
  /** JSON: the output schema, or "" where none is declared yet. */
  readonly schema: string;
  /** JSON: the rest of the step, or "" for nothing more. */
  readonly step: string;
}

const OWN = new Set(["id", "profile", "statement", "output_schema", "checkpoint_column"]);
const OWN_INPUTS = new Set(["INPUT_DATA", "DATA_CHECKPOINT"]);

/** Makes a draft of a step's folder: its statement, and the JSON of its other two files. */
export function draftOf(statement: string, stepText: string, inputsText: string): Draft {
  const step = read(stepText) as JsonObject;
  const inputs = read(inputsText) as JsonObject;
  const text = (name: string) => String(step.get(name) ?? "");
  return {
    profile: text("profile") || "processor",
    statement,
    rows: written(inputs.get("INPUT_DATA")),
    inputs: without(inputs, OWN_INPUTS),
    checkpoint: written(inputs.get("DATA_CHECKPOINT")),
    checkpointColumn: text("checkpoint_column"),
    schema: written(step.get("output_schema")),
    step: without(step, OWN),
  };
}

export function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(EMPTY).every((name) => typeof Reflect.get(value, name) === "string");
}

export const EMPTY: Draft = {
  profile: "processor",
  statement: "",
  rows: "",
  inputs: "",
  checkpoint: "",
  checkpointColumn: "",
  schema: "",
  step: "",
};

function written(value: Json | undefined): string {
  return value === undefined || value === null ? "" : pretty(value);
}

function without(whole: JsonObject, names: ReadonlySet<string>): string {
  const rest = new Map([...whole].filter(([name]) => !names.has(name)));
  return rest.size === 0 ? "" : pretty(rest);
}

/** Reads one part of a draft that is a JSON object, or empty. */
export function objectIn(text: string): JsonObject {
  if (text.trim() === "") return new Map();
  const value = read(text);
  if (!isObject(value)) throw new TypeError("this is a JSON object: {…}");
  return value;
}
