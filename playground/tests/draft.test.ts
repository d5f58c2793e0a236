import { expect, test } from "vitest";
import { type Draft, draftOf, EMPTY } from "../src/draft/draft";
import { packed, unpacked } from "../src/draft/link";
import { checkBody, runBody, type UnreadableDraft } from "../src/draft/order";
import { read } from "../src/json/read";

const STEP = `{"id": "mine", "profile": "current", "processing": "row", "checkpoint_column": "id",
  "output_schema": {"columns": []}}`;
const INPUTS = '{"INPUT_DATA": [{"n": 9007199254740993}], "variables": {"Region": "EU"}}';
const draft = draftOf("return []", STEP, INPUTS);

test("a step's folder becomes a draft, and the draft the step's request again", () => {
  expect(read(runBody(draft, { stepId: "playground/me" }))).toEqual(
    read(`{"step": {"processing": "row", "profile": "current", "statement": "return []",
      "output_schema": {"columns": []}, "checkpoint_column": "id", "id": "playground/me"},
      "inputs": {"variables": {"Region": "EU"}, "INPUT_DATA": [{"n": 9007199254740993}],
      "DATA_CHECKPOINT": null}, "commit": false}`),
  );
});

test("a check is told the variables' names", () => {
  expect(checkBody(draft)).toContain('"variables":{"Region":"EU"}');
});

test.each([
  ["rows", '{"x": 1}'],
  ["rows", "[1]"],
  ["checkpoint", "2024-01-01"],
  ["inputs", "[]"],
  ["step", "{"],
] as const)("a part that is not what it has to be is named: %s", (part, text) => {
  expect(() => runBody({ ...draft, [part]: text }, { stepId: "x" })).toThrow(
    expect.objectContaining({ part }) as unknown as UnreadableDraft,
  );
});

test("a link brings the draft as it was", async () => {
  const written: Draft = { ...EMPTY, statement: "return [{'é': '🐍'}]", rows: "[]" };

  const link = await packed(written);

  expect(link).toMatch(/^[\w-]+$/);
  expect(await unpacked(link)).toEqual(written);
});

test.each(["", "%%%", "AAAA"])("a damaged link holds no draft: %s", async (text) => {
  expect(await unpacked(text)).toBeNull();
});

test("a link that unpacks to more than there is room for holds no draft", async () => {
  const bomb = await packed({ ...EMPTY, statement: "x".repeat(5 << 20) });

  expect(await unpacked(bomb)).toBeNull();
});
