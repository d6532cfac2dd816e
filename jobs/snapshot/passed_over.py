"""Files that are no snapshots: which ones their names give away, and the count of those met."""

import re
from collections import Counter
from dataclasses import dataclass, field

_SUFFIX = re.compile(r"\.([a-z0-9_]{1,12})(?:[?@&#].*)?$", re.DOTALL)
"""A suffix in lower case; behind it can stand what wget keeps of a query."""

_NO_PAGES = frozenset(
    # style, code and data
    "css scss less js mjs cjs map ts wasm py pyc sh sql csv tsv log toml yaml yml ini cfg conf lock"
    " db sqlite duckdb wal cdx cdxj idx md5 sha1 sha256 sha512 sig asc"
    # pictures, fonts, sound and film
    " png jpg jpeg gif webp svg ico bmp avif tif tiff heic woff woff2 ttf otf eot"
    " mp3 mp4 m4a m4v avi mov webm ogg wav flac mkv"
    # documents and programs
    " pdf doc docx xls xlsx ppt pptx odt ods odp epub exe dll so dmg iso apk jar deb rpm msi"
    # copies and unfinished downloads
    " bak old orig part partial crdownload filepart".split()
)
_NO_READER = {
    **{suffix: suffix for suffix in "xz br lz4 lzma rar tar 7z".split()},
    **{"bz2": "bzip2", "tgz": "tar", "tbz2": "tar", "txz": "tar", "z": "compress"},
}
_UNMENTIONED = re.compile(r"\.|~\$|#.*#$|.*~$|.*\.(?:swp|swo|tmp|temp)$|captures\.csv$|thumbs\.db$")
"""Hidden files, those of editors and file managers, and our own."""

SILENTLY = ""
"""The reason of a file that is passed over without a word."""


def by_name(name: str) -> str | None:
    """Why a file is passed over for its name: its suffix, or a reason; None if it may be a page."""
    lower = name.lower()
    if _UNMENTIONED.match(lower):
        return SILENTLY
    found = _SUFFIX.search(lower)
    if found and found[1] in ("gz", "zst"):
        found = _SUFFIX.search(lower[: found.start()])
    suffix = found[1] if found else ""
    if suffix in _NO_READER:
        return no_reader_for(_NO_READER[suffix])
    return f".{suffix}" if suffix in _NO_PAGES else None


def no_reader_for(kind: str) -> str:
    """The reason of a file of a known kind that psx does not read."""
    return f"no reader for {kind}"


@dataclass
class PassedOver:
    """The files that were passed over: how many for which reason, and the first names of each."""

    names_kept: int | None = 3
    """Names that are kept of each reason; None for all."""

    counts: Counter[str] = field(default_factory=Counter)
    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, why: str) -> None:
        """Count a file, unless it is to be passed over without a word."""
        if why == SILENTLY:
            return
        self.counts[why] += 1
        names = self.names.setdefault(why, [])
        if self.names_kept is None or len(names) < self.names_kept:
            names.append(name)

    def include(self, others: "PassedOver", container: str = "") -> None:
        """Count others as well, such as the members of a container."""
        for why, names in others.names.items():
            self.counts[why] += others.counts[why] - len(names)
            for name in names:
                self.add(f"{container}/{name}" if container else name, why)

    @property
    def total(self) -> int:
        """How many files were passed over."""
        return self.counts.total()
