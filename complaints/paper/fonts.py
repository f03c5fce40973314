"""Which letters a language is written with: fonts from the package index, not from the machine (pyproject.toml)."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Face:
    """A font in two weights.

    `regular` and `bold` are its files; `axes` what each weight is on a font that has all in one file; `leading` the
    distance of two lines, in heights of the letters: marks above and below need more of it.
    """

    regular: Path
    bold: Path
    leading: float
    axes: tuple[dict[str, float], dict[str, float]] | None = field(default=None)


def _file(package: str, name: str) -> Path:
    return Path(str(files(package) / "files" / name))


def _hind(package: str, name: str, leading: float) -> Face:
    return Face(_file(package, f"{name}-Regular.ttf"), _file(package, f"{name}-Bold.ttf"), leading)


def face(language: str) -> Face:
    """The letters of one of our languages, by its code."""
    match language:
        case "ar" | "ur":
            arabic = _file("fontpkg_noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf")
            return Face(arabic, arabic, 1.42, ({"wght": 400, "wdth": 100}, {"wght": 700, "wdth": 100}))
        case "bn":
            return _hind("fontpkg_hind_siliguri", "HindSiliguri", 1.36)
        case "hi" | "ne":
            return _hind("fontpkg_hind", "Hind", 1.36)
        case _:
            return _hind("fontpkg_hind", "Hind", 1.22)
