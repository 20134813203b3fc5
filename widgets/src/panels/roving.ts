// A list of buttons as one stop of the Tab key, with arrows, Home and End inside: WAI-ARIA's roving tabindex.

const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowRight: 1,
  ArrowUp: -1,
  ArrowLeft: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** Where a key leads from the item `at` of `count`; undefined for keys that lead nowhere. */
export function led(key: string, at: number, count: number): number | undefined {
  const step = STEPS[key];
  return step === undefined ? undefined : Math.max(0, Math.min(count - 1, at + step));
}

/** Keeps `list` one stop, whatever comes and goes in it: the item that has or had the focus, else the first. */
export function rove<E extends HTMLElement>(list: E): E {
  const items = () => [...list.querySelectorAll<HTMLElement>("button:not(:disabled)")];
  const stop = (chosen: HTMLElement | undefined) => {
    for (const item of items()) item.tabIndex = item === chosen ? 0 : -1;
  };
  list.addEventListener("focusin", ({ target }) => stop(target as HTMLElement));
  list.addEventListener("keydown", (event) => {
    const all = items();
    const to = led(event.key, all.indexOf(event.target as HTMLElement), all.length);
    if (to === undefined) return;
    all[to]?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  const changed = () => {
    if (!list.matches(":focus-within")) stop(items()[0]);
    else stop(items().find((item) => item.matches(":focus")));
  };
  new MutationObserver(changed).observe(list, { childList: true });
  return list;
}
