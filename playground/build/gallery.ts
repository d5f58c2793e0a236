/** The folders of examples/ as one module, which the page loads once somebody opens the gallery. */

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";
import type { Example } from "../src/gallery/example";

const MODULE = "virtual:gallery";

export function gallery(folder: string): Plugin {
  return {
    name: "gallery",
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    async load(id) {
      if (id !== `\0${MODULE}`) return null;
      const examples = JSON.stringify(await examplesIn(folder));
      // Parsed as JSON when it is loaded: engines read that faster than an object of JavaScript.
      return `export default JSON.parse(${JSON.stringify(examples)})`;
    },
  };
}

async function examplesIn(folder: string): Promise<Example[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  // Other folders are no examples of steps, as the clients of other platforms.
  const names = entries.filter(({ name }) => existsSync(join(folder, name, "step.py")));
  return Promise.all(names.map(({ name }) => example(name, join(folder, name))).sort());
}

async function example(name: string, folder: string): Promise<Example> {
  const read = (file: string) => readFile(join(folder, file), "utf-8");
  const [readme, statement, step, inputs] = await Promise.all(
    ["README.md", "step.py", "step.json", "input.json"].map(read),
  );
  const [title = name, , ...text] = (readme ?? "").split("\n");
  return {
    name,
    title: title.replace(/^# /, ""),
    summary: text.join("\n").split("\n\n")[0]?.replaceAll("\n", " ").trim() ?? "",
    statement: statement ?? "",
    step: step ?? "{}",
    inputs: inputs ?? "{}",
  };
}
