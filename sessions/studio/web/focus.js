// Keeps the keyboard's place where the server builds a part of the page anew: the control of the same name gets the focus, else the one
// that stands where it stood. With a mouse nothing is kept, so that the space bar plays again.
const ROOMS = ".q-tab-panel, .top";
const STOPS = "button:not([disabled]), input, select, [tabindex='0']";

export function keepFocus() {
  let last = null;
  const stops = (room) => [...room.querySelectorAll(STOPS)];
  const name = (element) => element.getAttribute("aria-label") ?? element.innerText;
  const path = (element) => `${element.closest("[role=group]")?.getAttribute("aria-label")}/${name(element)}`;
  const remember = ({ target }) => {
    const room = target.closest(ROOMS);
    last = room && target.matches(":focus-visible") ? { room, target, path: path(target), at: stops(room).indexOf(target) } : null;
  };
  const forget = () => (last = null);
  const observer = new MutationObserver(() => {
    if (!last || last.target.isConnected || document.activeElement !== document.body) return;
    const now = stops(last.room);
    (now.find((one) => path(one) === last.path) ?? now[Math.min(last.at, now.length - 1)])?.focus();
  });
  document.addEventListener("focusin", remember);
  document.addEventListener("pointerdown", forget);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener("focusin", remember);
    document.removeEventListener("pointerdown", forget);
    observer.disconnect();
  };
}
