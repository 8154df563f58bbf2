// The pointer over the lanes: dragging moves the telemetry under the video, a click goes to a frame, the wheel zooms and pans.
const CLICK_PX = 4; // a pointer that moves less did not drag
const WHEEL_ZOOM = 1.15;

export function draggable(element, studio) {
  let from = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    from = { x: event.clientX, moved: false };
  });
  element.addEventListener("pointermove", (event) => {
    if (!from) return;
    const px = event.clientX - from.x;
    if (!from.moved && Math.abs(px) < CLICK_PX) return;
    from.moved = true;
    if (!studio.clock.pieces.length) return;
    const fine = event.shiftKey ? 0.1 : 1;
    const perPx = (studio.view.end - studio.view.start) / element.clientWidth;
    studio.dragTo(-px * perPx * fine * studio.clock.rate);
  });
  const end = (event) => {
    if (!from) return;
    const moved = from.moved;
    from = null;
    if (moved) studio.dropped();
    else {
      const share = event.offsetX / element.clientWidth;
      studio.player.seek(studio.clock.frame(studio.view.start + share * (studio.view.end - studio.view.start)));
    }
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", () => {
    if (from?.moved) studio.dragTo(0);
    from = null;
    studio.dragging = studio.layouts.live = false;
    studio.refs.shift.classList.remove("is-shown");
  });
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const share = event.offsetX / element.clientWidth;
      const span = studio.view.end - studio.view.start;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) studio.pan((event.deltaX / element.clientWidth) * span);
      else studio.zoom(event.deltaY > 0 ? WHEEL_ZOOM : 1 / WHEEL_ZOOM, studio.view.start + share * span);
    },
    { passive: false },
  );
}
