/** What came of the last run. */

import { liveLogs, type ResultTab, resultTab, run, underWay } from "../page/state";
import { type Tab, Tabs } from "../page/tabs";
import { Cycles } from "./cycles";
import { Details } from "./details";
import { Difference } from "./difference";
import { Empty } from "./empty";
import { Figures } from "./figures";
import { JsonView } from "./json-view";
import { Log } from "./log";
import { Rows } from "./rows";
import { Status } from "./status";

export function Results() {
  return (
    <Tabs
      label="Results"
      tabs={tabs()}
      chosen={resultTab.value}
      onChoose={(name) => {
        resultTab.value = name;
      }}
      aside={<Status />}
    >
      <Panel chosen={resultTab.value} />
    </Tabs>
  );
}

function tabs(): readonly Tab<ResultTab>[] {
  const shown = run.value;
  const logged = underWay.value === null ? shown?.logs.length : liveLogs.value.length;
  return [
    {
      name: "rows",
      title: shown?.rows === null && !shown.error ? "Result" : "Rows",
      note: shown?.row_count ?? undefined,
    },
    { name: "json", title: "JSON" },
    { name: "log", title: "Log", note: logged },
    { name: "figures", title: "Figures", note: shown?.figures.length },
    { name: "cycles", title: "Cycles" },
    { name: "difference", title: "Difference" },
    { name: "details", title: "Cost and walls" },
  ];
}

function Panel({ chosen }: { chosen: ResultTab }) {
  if (chosen === "json") return <AsJson />;
  if (chosen === "log") return <Log />;
  if (chosen === "figures") return <Figures />;
  if (chosen === "cycles") return <Cycles />;
  if (chosen === "difference") return <Difference />;
  if (chosen === "details") return <Details />;
  return <Rows />;
}

function AsJson() {
  const shown = run.value;
  if (shown === null || shown.error !== null) {
    return (
      <Empty title="No JSON yet">Rows stand here as the service sent them, to the digit.</Empty>
    );
  }
  return <JsonView value={shown.rows ?? shown.result} label="Rows as JSON" />;
}
