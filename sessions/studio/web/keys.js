// The keyboard: one table, shown as it stands by the page's help.
export const KEYS = [
  { keys: "Space", does: "play" },
  { keys: "ArrowLeft", does: "back" },
  { keys: "ArrowRight", does: "forward" },
  { keys: "Shift+ArrowLeft", does: "second-back" },
  { keys: "Shift+ArrowRight", does: "second-on" },
  { keys: "Home", does: "start" },
  { keys: "End", does: "end" },
  { keys: "l", does: "loop" },
  { keys: "m", does: "sound" },
  { keys: "+", does: "in" },
  { keys: "-", does: "out" },
  { keys: "ArrowUp", does: "later-frame" },
  { keys: "ArrowDown", does: "earlier-frame" },
  { keys: "Shift+ArrowUp", does: "later-10" },
  { keys: "Shift+ArrowDown", does: "earlier-10" },
  { keys: "Control+ArrowUp", does: "later-100" },
  { keys: "Control+ArrowDown", does: "earlier-100" },
  { keys: "Alt+ArrowUp", does: "later-1000" },
  { keys: "Alt+ArrowDown", does: "earlier-1000" },
  { keys: "1", does: "mark-line" },
  { keys: "2", does: "mark-brake" },
  { keys: "3", does: "mark-gear" },
  { keys: "x", does: "flip" },
  { keys: "b", does: "boxes" },
  { keys: "Control+z", does: "undo" },
  { keys: "Control+Shift+Z", does: "redo" },
  { keys: "Control+y", does: "redo" },
  { keys: "Control+s", does: "save" },
  { keys: "?", does: "help" },
];

export function pressed(event) {
  const key = event.key === " " ? "Space" : event.key;
  const shift = event.shiftKey && (key.length > 1 || event.ctrlKey || event.metaKey);
  const held = [(event.ctrlKey || event.metaKey) && "Control", event.altKey && "Alt", shift && "Shift"];
  const name = [...held.filter(Boolean), key].join("+");
  return KEYS.find((entry) => entry.keys === name)?.does ?? null;
}

// Whether keys belong to what has the focus and not to the page.
export function isTyping(target) {
  return target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable=true], .q-menu, [role=listbox]") !== null;
}
