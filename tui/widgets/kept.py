"""A widget that is neither rendered again while it looks the same, nor laid out twice.

A picture is composed of every widget within its frame, changed or not, and one that has nothing new to say
still takes a tenth of a millisecond to say it. There are dozens of them in a conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from textual.geometry import Region, Size
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget
else:
    Widget = object  # style sheets follow the first base that is a widget


class Kept(Widget):
    """Mixed in first: keeps its lines until it is refreshed, or looked at in another size or place."""

    _kept: tuple[Size, Region, list[Strip]] | None = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        self._kept = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._kept is None or self._kept[:2] != (self.size, crop):
            self._kept = (self.size, crop, super().render_lines(crop))
        return self._kept[2]

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """The layout that gave it this size is not asked for again: it would give the same."""
        return super()._size_updated(size, virtual_size, container_size, layout=False)
