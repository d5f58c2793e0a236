/** What a statement drew: images and nothing else, since an SVG could hold a script. */

import { useEffect, useState } from "preact/hooks";
import type { Figure } from "../api/run";
import { figure } from "../api/runs";
import { run } from "../page/state";
import { Empty } from "./empty";

export function Figures() {
  const figures = run.value?.figures ?? [];
  if (figures.length === 0) {
    return (
      <Empty title="No figures">
        What a statement draws with <code>matplotlib.pyplot</code> is kept beside its rows, without
        a line of code more.
      </Empty>
    );
  }
  return (
    <div class="figures">
      {figures.map((each) => (
        <Drawn key={each.url} figure={each} />
      ))}
    </div>
  );
}

function Drawn({ figure: { url, index } }: { figure: Figure }) {
  const [source, setSource] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    let gone = false;
    void figure(url).then((address) => {
      made = address;
      if (gone) URL.revokeObjectURL(address);
      else setSource(address);
    });
    return () => {
      gone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [url]);
  const name = `Figure ${index + 1}`;
  return (
    <figure>
      {source && <img src={source} alt={`${name}, drawn by the statement`} />}
      <figcaption>
        {name}
        {source && (
          <a href={source} download={`figure-${index + 1}.png`}>
            Download
          </a>
        )}
      </figcaption>
    </figure>
  );
}
