import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compressed } from "./build/compressed.ts";
import { gallery } from "./build/gallery.ts";

const checkout = resolve(import.meta.dirname, "..");

export default defineConfig({
  base: "/playground/",
  plugins: [gallery(resolve(checkout, "examples")), compressed()],
  build: {
    outDir: resolve(checkout, "processor/playground/static"),
    emptyOutDir: true,
    target: "es2022",
    // The page is served under a strict policy: nothing may be inlined into it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
