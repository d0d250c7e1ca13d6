"""Pictures of a reading: key slices, reformats, projections and the lungs in space. Arrays in, arrays out."""

from __future__ import annotations

from groundglass.render.gallery import pictures
from groundglass.render.picture import Picture, RenderOptions

__all__ = ["Picture", "RenderOptions", "pictures"]
