"""Kinds of files that are told by their first bytes and that no reader is for."""

import re

_MAGIC = re.compile(
    rb"(?P<xz>\xfd7zXZ\0)|(?P<bzip2>BZh[1-9](?:1AY&SY|\x17rE8P))|(?P<lz4>\x04\x22\x4d\x18)"
    rb"|(?P<compress>\x1f\x9d)|(?P<seven_zip>7z\xbc\xaf\x27\x1c)|(?P<rar>Rar!\x1a\x07)"
    rb"|(?P<tar>.{257}ustar)|(?P<PDF>%PDF-)|(?P<PNG>\x89PNG\r\n)|(?P<JPEG>\xff\xd8\xff)"
    rb"|(?P<GIF>GIF8[79]a)|(?P<WebP>RIFF.{4}WEBP)|(?P<fonts>wOF[F2]|\0\x01\0\0\0|OTTO\0)"
    rb"|(?P<Office>\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1)|(?P<SQLite>SQLite format 3\0)"
    rb"|(?P<DuckDB>.{8}DUCK)|(?P<programs>\x7fELF|MZ\x90\0)",
    re.DOTALL,
)


def kind(head: bytes) -> str | None:
    """What a file is that begins so, if that is a known kind that psx does not read."""
    found = _MAGIC.match(head)
    return found.lastgroup.replace("seven_zip", "7z") if found and found.lastgroup else None
