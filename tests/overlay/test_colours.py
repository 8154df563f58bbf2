"""What a theme draws can be read: over bright and dark pictures, on team colours, and by the colour-blind."""

from dataclasses import replace

import numpy as np
import pytest

from overlay import colour, data_row
from overlay import theme as themes
from overlay.theme import Theme

# ../shared/reference: team colours as the timing sends them, 2018 to 2026; each reads white or black, and stands out or is outlined.
TEAMS = [
    "27f4d2",
    "e80020",
    "3671c6",
    "ff8000",
    "64c4ff",
    "0093cc",
    "229971",
    "6692ff",
    "52e252",
    "b6babd",
    "ff2d00",
    "444444",
    "00d2be",
    "dc0000",
    "1e41ff",
    "ffffff",
    "fff500",
    "f596c8",
    "469bff",
    "9b0000",
    "828282",
    "bd9e57",
    "2b4562",
    "0600ef",
    "006f62",
    "900000",
    "ed1c24",
    "b12039",
    "4e7c9b",
    "5e8faa",
]
# Simulated sight without one kind of cone, linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
BLIND = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
SHIPPED = [themes.load(name) for name in themes.shipped()]


def seen_by(matrix: tuple[tuple[float, ...], ...], shade: str) -> str:
    share = np.array(colour.rgb(shade)) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    changed = np.clip(np.array(matrix) @ linear, 0, 1)
    back = np.where(changed <= 0.0031308, changed * 12.92, 1.055 * changed ** (1 / 2.4) - 0.055)
    return "#{:02x}{:02x}{:02x}".format(*(round(part * 255) for part in back))


def test_contrast_is_that_of_the_standard() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the example that WCAG's own pages give


@pytest.mark.parametrize("theme", SHIPPED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("picture", ["#ffffff", "#000000", "#808080"])
def test_every_text_is_readable_on_its_plate_whatever_lies_under_it(theme: Theme, picture: str) -> None:
    plate = colour.mixed(theme.plate.colour, theme.plate.opacity, picture)
    for shade in theme.text_colours.values():
        assert colour.contrast(shade, plate) >= colour.READABLE, shade
    stale = colour.mixed(theme.data.quiet, data_row.DIMMED, plate)
    assert colour.contrast(stale, plate) >= colour.READABLE
    assert colour.contrast(theme.identity.position_colour, theme.identity.position_fill) >= colour.READABLE
    assert colour.contrast(colour.readable_on(theme.data.near), theme.data.near) >= colour.READABLE


@pytest.mark.parametrize("theme", SHIPPED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("sight", BLIND)
def test_every_text_stays_readable_without_one_kind_of_cone(theme: Theme, sight: str) -> None:
    plate = seen_by(BLIND[sight], colour.mixed(theme.plate.colour, theme.plate.opacity, "#ffffff"))
    for shade in theme.text_colours.values():
        assert colour.contrast(seen_by(BLIND[sight], shade), plate) >= colour.READABLE, shade


@pytest.mark.parametrize("team", TEAMS)
def test_text_on_a_teams_colour_is_readable_and_its_stripe_never_drowns(team: str) -> None:
    assert colour.contrast(colour.readable_on(team), team) >= colour.READABLE
    for theme in SHIPPED:
        outlined = colour.needs_outline(f"#{team}", theme.plate.colour)
        assert outlined or colour.contrast(team, theme.plate.colour) >= colour.VISIBLE


@pytest.mark.parametrize("compound", colour.COMPOUNDS)
def test_a_compounds_letter_is_readable_on_its_disc(compound: str) -> None:
    shade = colour.COMPOUNDS[compound]
    assert colour.contrast(colour.readable_on(shade), shade) >= colour.READABLE


def test_dark_stripes_are_outlined_and_bright_ones_are_not() -> None:
    plate = themes.load("broadcast").plate.colour
    assert colour.needs_outline("#444444", plate)
    assert not colour.needs_outline("#ff8000", plate)


def test_a_theme_says_what_of_it_is_hard_to_read() -> None:
    good = themes.load("broadcast")
    assert good.unreadable() == []
    (line,) = replace(good, data=replace(good.data, closing="#3a6644")).unreadable()[:1]
    assert line.startswith("data.closing #3a6644 has only 2.")
