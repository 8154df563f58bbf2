// The pointer over the lanes: dragging moves the telemetry under the video, a click goes to a frame, the wheel zooms and pans.
const CLICK_PX = 4; // a pointer that moves less did not drag
const WHEEL_ZOOM = 1.15;

export function draggable(element, timeline) {
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
    if (!timeline.clock.pieces.length) return;
    const fine = event.shiftKey ? 0.1 : 1;
    const perPx = (timeline.view.end - timeline.view.start) / element.clientWidth;
    timeline.dragTo(-px * perPx * fine * timeline.clock.rate);
  });
  const end = (event) => {
    if (!from) return;
    const moved = from.moved;
    from = null;
    if (moved) timeline.drop(true);
    else {
      const share = event.offsetX / element.clientWidth;
      timeline.player.seek(timeline.clock.frame(timeline.view.start + share * (timeline.view.end - timeline.view.start)));
    }
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", () => {
    if (from?.moved) timeline.drop(false);
    from = null;
  });
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const share = event.offsetX / element.clientWidth;
      const span = timeline.view.end - timeline.view.start;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) timeline.pan((event.deltaX / element.clientWidth) * span);
      else timeline.zoom(event.deltaY > 0 ? WHEEL_ZOOM : 1 / WHEEL_ZOOM, timeline.view.start + share * span);
    },
    { passive: false },
  );
}
