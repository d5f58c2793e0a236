import { render } from "preact";
import { manifest as readManifest } from "./api/about";
import { keepChecking } from "./editor/checking";
import { Page } from "./page/page";
import { attempt, showRun } from "./page/running";
import { manifest } from "./page/state";
import "./styles/page.css";

render(<Page />, document.getElementById("page") as HTMLElement);
keepChecking();
void attempt(async () => {
  manifest.value = await readManifest();
});
const linked = /^#run=([0-9A-Z]+)$/.exec(location.hash)?.[1];
if (linked !== undefined) void showRun(linked);
