/** What the service is, and how it is: its manifest and its readiness. */

import { ask } from "./client";

export interface Manifest {
  readonly version: string;
  readonly globals: readonly {
    readonly name: string;
    readonly kind: string;
    readonly signature: string;
    readonly description: string;
    readonly methods?: readonly { name: string; signature: string; description: string }[];
  }[];
  readonly allowed_imports: readonly { readonly name: string }[];
  readonly other_environments: readonly {
    readonly name: string;
    readonly allowed_imports: readonly { readonly name: string }[];
  }[];
  readonly profiles: readonly {
    readonly name: string;
    readonly environment: string;
    readonly dialect: "body" | "script" | "module";
  }[];
}

export async function manifest(): Promise<Manifest> {
  return JSON.parse(await ask("GET", "/v1/manifest")) as Manifest;
}
