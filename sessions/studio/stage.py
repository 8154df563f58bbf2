"""The page's middle as a NiceGUI element: its behaviour is in stage.js and web/."""

import nicegui.elements.echart  # noqa: F401  # its ECharts draws our lanes; importing it lets the page load it
from nicegui.element import Element


class Stage(Element, component="stage.js", esm={"slipstream-studio": "web"}):
    """Video with its tag, transport, and the telemetry under it."""

    def __init__(self, clip: dict[str, object], state: dict[str, object]) -> None:
        super().__init__()
        self._props["clip"] = clip
        self.settle(state, mode="watch", preset=None)

    def settle(self, state: dict[str, object], *, mode: str, preset: str | None) -> None:
        """Show other settings.

        Args:
            state: As of `view.state`.
            mode: "watch", or "track" to show the followed cars and let them be moved.
            preset: Whose guides are drawn, None for none.
        """
        self._props["state"] = state
        self._props["mode"] = mode
        self._props["preset"] = preset
        self.update()
