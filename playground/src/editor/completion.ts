/** Names that a statement sees, modules that it may import, and the keys of the sample rows. */

import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { pythonLanguage } from "@codemirror/lang-python";
import type { Extension } from "@codemirror/state";
import type { Manifest } from "../api/about";
import { objectIn } from "../draft/draft";
import { read } from "../json/read";
import { isObject, isRows, type Json, kindOf } from "../json/value";
import { draft, manifest } from "../page/state";

const MOST_ROWS = 200;

export function completion(): Extension {
  return [
    autocompletion({ icons: false, activateOnTyping: true }),
    pythonLanguage.data.of({ autocomplete: complete }),
  ];
}

function complete(context: CompletionContext): CompletionResult | null {
  return keysAt(context) ?? modulesAt(context) ?? membersAt(context) ?? namesAt(context);
}

/** Completes `row["…` and `row.get("…` with the keys of the sample rows. */
function keysAt(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/(\[|\.get\()\s*["'][^"'\n]*/);
  if (found === null) return null;
  const from = found.from + found.text.search(/["']/) + 1;
  return result(from, sampleKeys(draft.peek()), /^[^"'\n]*$/);
}

function modulesAt(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/^\s*(import|from)\s+[\w.]*$/);
  if (found === null) return null;
  const from = found.from + found.text.length - (/[\w.]*$/.exec(found.text)?.[0].length ?? 0);
  const options = importable(manifest.peek(), draft.peek().profile);
  return result(
    from,
    options.map((label) => ({ label, type: "namespace" })),
    /^[\w.]*$/,
  );
}

function membersAt(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/\blog\.\w*/);
  if (found === null) return null;
  const log = manifest.peek()?.globals.find(({ name }) => name === "log");
  const options = (log?.methods ?? []).map((method) => ({
    label: method.name.replace("log.", ""),
    detail: method.signature.replace("log.", ""),
    info: method.description,
    type: "method",
  }));
  return result(found.from + "log.".length, options, /^\w*$/);
}

function namesAt(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/\w+/);
  const before = word ? context.state.sliceDoc(Math.max(0, word.from - 1), word.from) : "";
  if (word === null || before === ".") return null;
  const globals = (manifest.peek()?.globals ?? []).map((each) => ({
    label: each.name,
    detail: each.kind === "value" ? each.signature.replace(`${each.name}: `, "") : each.signature,
    info: each.description,
    type: "variable",
    boost: 50,
  }));
  return result(word.from, [...globals, ...inputNames(draft.peek().inputs)], /^\w*$/);
}

function result(from: number, options: Completion[], validFor: RegExp): CompletionResult | null {
  return options.length === 0 ? null : { from, options, validFor };
}

/** Gives the modules that statements of a profile may import, in the manifest's order. */
export function importable(told: Manifest | null, profile: string): string[] {
  const environment = told?.profiles.find(({ name }) => name === profile)?.environment;
  const other = told?.other_environments.find(({ name }) => name === environment);
  const listed = other?.allowed_imports ?? told?.allowed_imports ?? [];
  return listed.map(({ name }) => name.replace(/\.\*$/, ""));
}

/** Gives the keys of the sample rows, each with the kinds of values that it has. */
export function sampleKeys(sampled: { rows: string; inputs: string }): Completion[] {
  const kinds = new Map<string, Set<string>>();
  for (const rows of [parsed(sampled.rows), ...secondary(sampled.inputs)]) {
    if (!isRows(rows)) continue;
    for (const row of rows.slice(0, MOST_ROWS))
      for (const [key, value] of row) {
        kinds.set(key, (kinds.get(key) ?? new Set()).add(kindOf(value)));
      }
  }
  return [...kinds].map(([label, found]) => ({
    label,
    detail: [...found].join(" or "),
    type: "property",
    boost: 60,
  }));
}

function inputNames(text: string): Completion[] {
  const value = parsed(text);
  const names = isObject(value) ? [...value.keys()].filter((name) => /^INPUT_DATA/.test(name)) : [];
  return names.map((label) => ({ label, type: "variable", detail: "rows" }));
}

function secondary(text: string): Json[] {
  try {
    return [...objectIn(text).values()];
  } catch {
    return [];
  }
}

function parsed(text: string): Json {
  try {
    return read(text);
  } catch {
    return null;
  }
}
