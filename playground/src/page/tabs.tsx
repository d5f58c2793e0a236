/** Tabs as the ARIA pattern has them: arrows move among them, the panel is labelled by its tab. */

import type { ComponentChildren } from "preact";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly title: string;
  /** A word or a number beside the title. */
  readonly note?: string | number | undefined;
}

interface Props<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
  readonly children: ComponentChildren;
  readonly aside?: ComponentChildren;
}

export function Tabs<Name extends string>(props: Props<Name>) {
  const { label, tabs, chosen, onChoose, children, aside } = props;
  const id = label.toLowerCase().replaceAll(" ", "-");
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const place = tabs.findIndex(({ name }) => name === chosen);
    const next = tabs[(place + step + tabs.length) % tabs.length] as Tab<Name>;
    onChoose(next.name);
    document.getElementById(`${id}-${next.name}`)?.focus();
  };
  return (
    <section class="tabbed" aria-label={label}>
      <div class="tab-bar">
        <div role="tablist" aria-label={label} onKeyDown={move}>
          {tabs.map(({ name, title, note }) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-${name}`}
              aria-controls={`${id}-panel`}
              aria-selected={name === chosen}
              tabIndex={name === chosen ? 0 : -1}
              onClick={() => onChoose(name)}
            >
              {title}
              {note !== undefined && note !== 0 && <span class="note">{note}</span>}
            </button>
          ))}
        </div>
        {aside}
      </div>
      <div class="panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </section>
  );
}
