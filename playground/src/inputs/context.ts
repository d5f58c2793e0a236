/** The values of a node's input pins, in the context that the author's inputs hold. */

import type { Pin } from "../api/nodes";
import { objectIn } from "../draft/draft";
import { read } from "../json/read";
import { isObject, type Json, type JsonObject } from "../json/value";
import { pretty, write } from "../json/write";

const EMPTY: JsonObject = new Map();

/** Tells whether a pin takes a value: those of execution say only when, and outputs are given. */
export function takesValue({ normalised }: Pin): boolean {
  return normalised.pin_type === "Input" && normalised.data_type !== "Execution";
}

export function isText({ normalised }: Pin): boolean {
  return normalised.data_type === "String" && normalised.value_type === "Normal";
}

/** Gives what a pin's field shows: a text as it is, all else as JSON, "" where it has no value. */
export function shownOf(inputs: string, pin: Pin): string {
  const value = pinsIn(whole(inputs)).get(pin.name);
  if (value === undefined) return "";
  return isText(pin) && typeof value === "string" ? value : write(value);
}

/** Gives the inputs with another value of a pin; throws NotJson where it has to be JSON and is not. */
export function withPin(inputs: string, pin: Pin, text: string): string {
  const outer = new Map(whole(inputs));
  const context = new Map(objectOf(outer.get("context")));
  const pins = new Map(objectOf(context.get("inputs")));
  if (text === "" && !isText(pin)) pins.delete(pin.name);
  else pins.set(pin.name, isText(pin) ? text : read(text));
  outer.set("context", context.set("inputs", pins));
  return pretty(outer, "", 60);
}

function pinsIn(outer: JsonObject): JsonObject {
  return objectOf(objectOf(outer.get("context")).get("inputs"));
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : EMPTY;
}

function whole(inputs: string): JsonObject {
  try {
    return objectIn(inputs);
  } catch {
    return EMPTY;
  }
}
