/** What a module of nodes defines. */

import { ask } from "./client";

export interface Pin {
  readonly name: string;
  readonly friendly_name: string;
  readonly description: string;
  readonly normalised: {
    readonly pin_type: string;
    readonly data_type: string;
    readonly value_type: string;
  };
}

export interface NodeDefinition {
  readonly name: string;
  readonly friendly_name: string;
  readonly description: string;
  readonly pins: readonly Pin[];
}

export async function define(statement: string): Promise<readonly NodeDefinition[]> {
  const answer = await ask("POST", "/v1/nodes/definition", { body: JSON.stringify({ statement }) });
  return (JSON.parse(answer) as { nodes: NodeDefinition[] }).nodes;
}
