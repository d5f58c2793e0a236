/** Lays a compressed copy beside each file, so that the service never compresses anything. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";

const CODINGS = { gz: promisify(gzip), br: promisify(brotliCompress) };
const WORTH_IT = /\.(js|css|svg|json)$/;

export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle(options, bundle) {
      const names = Object.keys(bundle).filter((name) => WORTH_IT.test(name));
      await Promise.all(names.map((name) => compress(join(options.dir ?? "", name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  for (const [suffix, code] of Object.entries(CODINGS)) {
    await writeFile(`${file}.${suffix}`, await code(content));
  }
}
