/** Why the service did not do what it was asked to: a problem document, or no answer at all. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly details: readonly { readonly pointer: string; readonly message: string }[] = [],
  ) {
    super(message);
  }
}
