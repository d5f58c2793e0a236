import { Text } from "@codemirror/state";
import { expect, test } from "vitest";
import type { RunError } from "../src/api/run";
import { changesOf, offsetOf } from "../src/editor/positions";
import { caretsOf } from "../src/results/carets";

const text = Text.of(["a = '🐍🐍' + b", "c"]);

test("columns in code points are found behind letters of two units", () => {
  expect(offsetOf(text, 1, 11)).toBe("a = '🐍🐍' + ".length);
});

test("places outside of the text come to its nearest end", () => {
  expect([offsetOf(text, 0, 5), offsetOf(text, 1, 99), offsetOf(text, 9, 0)]).toEqual([
    0,
    text.line(1).to,
    text.length,
  ]);
});

test("an edit takes the place that the service names", () => {
  const edit = { line: 1, column: 5, end_line: 1, end_column: 7, text: "x" };

  expect(changesOf(text, [edit])).toEqual([{ from: 5, to: 9, insert: "x" }]);
});

test("carets stand below the source, and tabs before them stay tabs", () => {
  const error = { line: 1, column: 1, end_line: 1, end_column: 3, source_line: "\tab" };

  expect(caretsOf(error as RunError)).toBe("\t^^");
});
