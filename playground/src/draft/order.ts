/** A draft to the bodies of requests. Numbers go out as they are spelled. */

import { NotJson, read } from "../json/read";
import { isRows, type Json, Num } from "../json/value";
import { write } from "../json/write";
import { type Draft, objectIn } from "./draft";

/** A part of a draft that is not what it has to be. */
export class UnreadableDraft extends Error {
  /** @param offset where in the part's text, in UTF-16 units */
  constructor(
    readonly part: keyof Draft,
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** The schema that takes every row: what a step has until its author declares one. */
const ANY_ROWS: Json = new Map([["type", "object"]]);

interface Wish {
  /** Under which name the service shall list the run. */
  readonly stepId: string;
  /** Take whatever rows come, so that their schema can be inferred. */
  readonly anyRows?: boolean;
}

/** Gives the body of a run. It is a dry one: a checkpoint is shown, and never moved. */
export function runBody(draft: Draft, wish: Wish): string {
  const step = stepOf(draft, wish.anyRows ?? false);
  step.set("id", wish.stepId);
  return body({ step, inputs: inputsOf(draft), commit: false });
}

export function simulationBody(draft: Draft, cycles: number): string {
  const number = new Num(String(cycles));
  return body({ step: stepOf(draft, false), inputs: inputsOf(draft), cycles: number });
}

export function checkBody(draft: Draft): string {
  const variables = part(draft, "inputs", () => objectIn(draft.inputs).get("variables"));
  const step = stepOf(draft, false);
  return body(variables === undefined ? { step } : { step, variables });
}

export function rowsOf(draft: Draft): Json {
  if (draft.rows.trim() === "") return null;
  const rows = part(draft, "rows", () => read(draft.rows));
  if (rows === null || isRows(rows)) return rows;
  throw new UnreadableDraft("rows", "INPUT_DATA is a list of objects: [{…}, {…}]", 0);
}

function stepOf(draft: Draft, anyRows: boolean): Map<string, Json> {
  const step = new Map(part(draft, "step", () => objectIn(draft.step)));
  step.set("profile", draft.profile);
  step.set("statement", draft.statement);
  const schema = anyRows ? ANY_ROWS : schemaOf(draft);
  if (schema !== null) step.set("output_schema", schema);
  if (draft.checkpointColumn !== "") step.set("checkpoint_column", draft.checkpointColumn);
  return step;
}

function schemaOf(draft: Draft): Json {
  if (draft.schema.trim() !== "") return part(draft, "schema", () => read(draft.schema));
  return takesRows(draft.profile) ? ANY_ROWS : null;
}

function inputsOf(draft: Draft): Json {
  const inputs = new Map(part(draft, "inputs", () => objectIn(draft.inputs)));
  if (!takesRows(draft.profile)) return inputs;
  inputs.set("INPUT_DATA", rowsOf(draft));
  const checkpoint = draft.checkpoint.trim();
  inputs.set(
    "DATA_CHECKPOINT",
    checkpoint === "" ? null : part(draft, "checkpoint", () => read(checkpoint)),
  );
  return inputs;
}

/** Tells whether statements of a profile are given rows, and give rows; nodes do neither. */
export function takesRows(profile: string): boolean {
  return !profile.includes("node");
}

function part<T>(draft: Draft, name: keyof Draft, reading: () => T): T {
  try {
    return reading();
  } catch (fault) {
    const offset = fault instanceof NotJson ? fault.offset : 0;
    const text = draft[name];
    const line = text.slice(0, offset).split("\n").length;
    throw new UnreadableDraft(name, `line ${line}: ${(fault as Error).message}`, offset);
  }
}

function body(members: Readonly<Record<string, Json>>): string {
  return write(new Map(Object.entries(members)));
}
