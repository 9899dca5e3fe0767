"""The one seam to matplotlib: a sheet of pixels that takes lines, areas, dots and text and gives a PNG.

matplotlib's axes are not used: charts lay themselves out, which keeps a picture under 20 ms and its bytes the same on
every run (one bundled font, no metadata, fixed resolution). It is loaded when the first sheet is asked for: it costs
half a second and 40 MB that a server answering questions never needs.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Literal

Points = Sequence[tuple[float, float]]
DOTS = 2
"""Pixels of the picture for one pixel of the page: sharp on phones and on fine screens."""
_DPI = 72 * DOTS
"""One point of a font or a line is then one pixel of the page."""
_COLOURS = 64
"""Enough for a line chart and its soft edges; a quarter of the bytes of full colour."""
_TOFU = "\u25a1"


class Sheet:
    """A blank picture of `width` x `height` page pixels; the origin is the lower left corner."""

    def __init__(self, kit: Any, width: int, height: int, background: str) -> None:
        self._kit = kit
        self._items = 0
        self.width, self.height = width, height
        kit.figure.clear()
        kit.figure.set_size_inches(width / 72, height / 72)
        kit.figure.patch.set_facecolor(background or "none")

    def line(self, points: Points, colour: str, width: float = 1, dashes: tuple[float, float] | None = None) -> None:
        """A line through points, with round corners."""
        style: Any = (0, dashes) if dashes else "-"
        line = self._kit.line(
            [x * DOTS for x, _ in points],
            [y * DOTS for _, y in points],
            color=colour,
            linewidth=width,
            linestyle=style,
            solid_capstyle="round",
            solid_joinstyle="round",
        )
        self._add(line)

    def area(self, points: Points, colour: str, opacity: float = 1.0) -> None:
        """A filled shape without an outline."""
        corners = [(x * DOTS, y * DOTS) for x, y in points]
        self._add(self._kit.polygon(corners, closed=True, facecolor=colour, edgecolor="none", alpha=opacity))

    def dot(self, x: float, y: float, radius: float, colour: str, filling: str) -> None:
        """A disc with an outline."""
        spot = (x * DOTS, y * DOTS)
        self._add(self._kit.circle(spot, radius * DOTS, facecolor=filling, edgecolor=colour, linewidth=1.6))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str,
        size: float,
        align: Literal["left", "center", "right"] = "left",
        bold: bool = False,
    ) -> None:
        """A line of text, its middle at `y`. Dollar signs are letters; what the font has not shows as a box."""
        text = self._kit.text(
            x * DOTS,
            y * DOTS,
            self.drawable(words),
            color=colour,
            fontproperties=self._kit.fonts[bold],
            fontsize=size,
            ha=align,
            va="center_baseline",
            parse_math=False,
        )
        self._add(text)

    def width_of(self, words: str, size: float, bold: bool = False) -> float:
        """Page pixels that a line of text takes."""
        face = self._kit.faces[bold]
        face.set_size(size, _DPI)
        face.set_text(self.drawable(words), 0.0)
        return float(face.get_width_height()[0]) / 64 / DOTS + 1

    def drawable(self, words: str) -> str:
        """The text with a box for each letter that the font does not have."""
        known = self._kit.letters
        return "".join(letter if ord(letter) in known else _TOFU for letter in words)

    def png(self) -> bytes:
        """The finished picture; the sheet is blank again."""
        out = BytesIO()
        self._kit.canvas.draw()
        size = self._kit.canvas.get_width_height()
        picture = self._kit.image.frombuffer("RGBA", size, bytes(self._kit.canvas.buffer_rgba()), "raw", "RGBA", 0, 1)
        few = picture.quantize(_COLOURS, method=self._kit.image.Quantize.FASTOCTREE)
        self._kit.restore(few, picture)
        few.save(out, "PNG")
        self._kit.figure.clear()
        return out.getvalue()

    def _add(self, artist: Any) -> None:
        self._items += 1
        artist.set_transform(self._kit.pixels)
        artist.set_zorder(self._items)
        self._kit.figure.add_artist(artist)


class _Kit:
    """What is loaded once: one figure, its canvas, the two faces of the font."""

    def __init__(self) -> None:
        # Loaded with the first chart, see the module's text. The stubs leave most types open, so they stay `Any` here.
        import matplotlib  # noqa: PLC0415
        from matplotlib import font_manager, ft2font, lines, patches, text, transforms  # noqa: PLC0415
        from matplotlib.backends import backend_agg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
        from PIL import Image  # noqa: PLC0415

        self.figure: Any = Figure(dpi=_DPI)
        self.canvas: Any = backend_agg.FigureCanvasAgg(self.figure)
        self.pixels: Any = transforms.IdentityTransform()
        self.image: Any = Image
        self.line: Any = lines.Line2D
        self.polygon: Any = patches.Polygon
        self.circle: Any = patches.Circle
        self.text: Any = text.Text
        # The font that comes with matplotlib, by its path: a system's own copy may be of another version.
        folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        paths = [folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"]
        self.fonts: Any = [font_manager.FontProperties(fname=path) for path in paths]
        self.faces: Any = [ft2font.FT2Font(str(path)) for path in paths]
        self.letters = frozenset(self.faces[0].get_charmap()) & frozenset(self.faces[1].get_charmap())

    def restore(self, few: Any, full: Any) -> None:
        """The background's colour again as it was, to the last bit: it must meet the page without an edge."""
        corner = (0, 0)
        palette: list[int] = few.getpalette("RGBA")
        place = 4 * int(few.getpixel(corner))
        palette[place : place + 4] = full.getpixel(corner)
        few.putpalette(palette, "RGBA")


_drawing = Lock()
"""One picture at a time: the figure is shared."""


@cache
def _kit() -> _Kit:
    return _Kit()


@contextmanager
def blank(width: int, height: int, background: str) -> Generator[Sheet]:
    """A blank sheet, to oneself; `background` "" is transparent."""
    with _drawing:
        yield Sheet(_kit(), width, height, background)
