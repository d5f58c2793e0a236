/** A folder of the gallery; `step` and `inputs` are JSON as it is written there. */
export interface Example {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly statement: string;
  readonly step: string;
  readonly inputs: string;
}
