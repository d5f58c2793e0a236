/** The whole page: the statement to the left, its inputs to the right, what came of it below. */

import { Statement } from "../editor/statement";
import { Inputs } from "../inputs/inputs";
import { Results } from "../results/results";
import { Found } from "./found";
import { Header } from "./header";
import { announcement, draft, fault } from "./state";
import { Token } from "./token";

export function Page() {
  return (
    <>
      <Header />
      {fault.value !== null && <Fault message={fault.value} />}
      <Token />
      <main>
        <section class="statement" aria-label="Statement">
          <Statement key={draft.value.profile} />
          <Found />
        </section>
        <Inputs />
        <Results />
      </main>
      <p class="unseen" role="status">
        {announcement.value}
      </p>
    </>
  );
}

function Fault({ message }: { message: string }) {
  return (
    <div class="fault" role="alert">
      <p>{message}</p>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          fault.value = null;
        }}
      >
        Dismiss
      </button>
    </div>
  );
}
