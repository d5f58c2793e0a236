import { render } from "preact";
import { manifest as readManifest } from "./api/about";
import { keepChecking } from "./editor/checking";
import { Page } from "./page/page";
import { arrive } from "./page/place";
import { attempt } from "./page/running";
import { manifest } from "./page/state";
import "./styles/page.css";

await arrive();
render(<Page />, document.getElementById("page") as HTMLElement);
keepChecking();
void attempt(async () => {
  manifest.value = await readManifest();
});
