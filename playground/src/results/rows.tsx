/** The rows of a run, or why it has none. */

import type { Run } from "../api/run";
import { run } from "../page/state";
import { Empty } from "./empty";
import { Failure } from "./failure";
import { JsonView } from "./json-view";
import { Streams } from "./streams";
import { Table } from "./table";

export function Rows() {
  const shown = run.value;
  if (shown === null) {
    return (
      <Empty title="Nothing has run yet">
        Press <kbd>Ctrl</kbd> <kbd>Enter</kbd> to run the statement over the input rows. It runs
        behind the same walls as on the platform, and nothing is kept but the run itself.
      </Empty>
    );
  }
  return <Ended run={shown} />;
}

function Ended({ run: { error, rows, result, state, streams } }: { run: Run }) {
  if (error !== null) return <Failure error={error} />;
  if (state === "cancelled") {
    return <Empty title="The run was cancelled">It has no rows, and moved no checkpoint.</Empty>;
  }
  if (rows === null) {
    return (
      <>
        <Streams streams={streams} />
        <JsonView value={result} label="Result" />
      </>
    );
  }
  if (rows.length === 0) {
    return (
      <Empty title="No rows">
        The statement returned an empty list: there is nothing new after the checkpoint, and the
        platform would stop its cycles here.
      </Empty>
    );
  }
  return <Table rows={rows} label="Rows" />;
}
