"""Bytes to text, and HTML to the lines that a reader of the page would see."""

import codecs
import itertools
import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_UTF_8 = {"utf-8", "utf8"}
_UNSEEN = ["script", "style", "noscript", "template"]
_BLOCKS = (
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav "
    "ol option p pre section summary table tbody tfoot thead title tr ul"
).split()
_BY_LETTER = "|".join(  # so that the tags of other letters are passed over at once
    f"{letter}(?:{'|'.join(name[1:] for name in names)})"
    for letter, names in itertools.groupby(_BLOCKS, key=lambda name: name[0])
)
_BLOCK_TAG = re.compile(rf"<(?=/?(?:{_BY_LETTER})\b)".encode(), re.IGNORECASE)

_MOST_TAGS = 20_000
"""Tags of a page, or attributes of a tag, that a parser takes some two seconds for at most."""
_LONG_TAG = 2 * _MOST_TAGS
"""Bytes in which so many attributes can stand."""
_BETWEEN_ATTRIBUTES = re.compile(rb"""[\s/"']+""")
_TOKEN = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)[^<>]*>?|<[!?/][^<>]*>?"
    rb"|(?P<text><?[^<]*)",
    re.DOTALL,
)

_NUMBER = r"[0-9][0-9.,]*"
_SCATTERED_QUOTE = re.compile(
    rf"^(?!.*%\)$)([A-Z0-9]{{2,12}})\s+({_NUMBER})\s+(Increased|Decreased|No)\s+(By|Change)\b"
    rf"(?:\s*([▲▼]))?(?:\s*(-?{_NUMBER}))?(?:\s*(\()\s*(-?{_NUMBER})\s*%\s*(\)))?",
    re.MULTILINE,
)


def as_utf8(content: bytes) -> bytes:
    """A text file as UTF-8 without a byte-order mark; UTF-16 is told by its mark.

    Bytes that are no UTF-8 are left as they are.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, errors="replace").encode()
    return content


def html_as_utf8(content: bytes, charset: str | None = None) -> bytes:
    """An HTML page as UTF-8: by its byte-order mark, by `charset` (HTTP's), or by its meta tag."""
    if any(content.startswith(bom) for bom, _ in _BOMS):
        return as_utf8(content)
    declared = _META_CHARSET.search(content, 0, 2048)
    for name in (charset, declared and declared[1].decode("ascii")):
        if name and name.lower() not in _UTF_8:
            try:
                return content.decode(name, errors="replace").encode("utf-8", errors="replace")
            except (LookupError, ValueError):
                continue  # there is no such charset; or it is not one of text
        if name:
            break
    return content


def html_to_text(html: bytes) -> bytes:
    """The text of a page in UTF-8, a line for each block element.

    Inline elements do not end a line; script and style never count. A quote whose parts stand in
    elements of their own is one line.
    """
    unbroken = html.replace(b"\r", b" ").replace(b"\n", b" ")
    text = _stripped(unbroken) if _is_costly(unbroken) else _parsed(unbroken)
    lines = (line.strip() for line in text.split("\n") if line and not line.isspace())
    joined = _SCATTERED_QUOTE.sub(_one_line, "\n".join(lines))
    return joined.encode("utf-8", errors="replace")


def _parsed(html: bytes) -> str:
    """The text as a browser finds it."""
    parser = LexborHTMLParser(_BLOCK_TAG.sub(b"\n<", html).replace(b"<", b" <"))
    parser.strip_tags(_UNSEEN)
    return parser.root.text_lexbor() if parser.root else ""


def _is_costly(html: bytes) -> bool:
    """Whether a parser may take minutes.

    The time that it takes for nested elements, and for the attributes of one, grows with the square
    of their number.
    """
    return html.count(b"<") > _MOST_TAGS or any(
        len(tag) > _LONG_TAG and _has_many_attributes(tag) for tag in html.split(b"<")
    )


def _has_many_attributes(tag: bytes) -> bool:
    head = tag.partition(b">")[0]
    is_quoted = head.count(b'"') % 2 or head.count(b"'") % 2  # the tag goes on
    return bool(is_quoted) or len(_BETWEEN_ATTRIBUTES.findall(head)) > _MOST_TAGS


def _stripped(html: bytes) -> str:
    """The text between the tags, whatever they nest in, in one pass."""
    parts: list[bytes] = []
    unseen = b""
    for token in _TOKEN.finditer(html):
        name = token["name"] and token["name"].lower()
        if unseen:
            unseen = b"" if name == unseen and token["end"] else unseen
        elif name and name.decode() in _UNSEEN and not token["end"]:
            unseen = name
        elif name:
            parts.append(b"\n" if name.decode() in _BLOCKS else b" ")
        elif token["text"]:
            parts.append(token["text"])
    return unescape(b"".join(parts).decode("utf-8", errors="replace"))


def _one_line(quote: re.Match[str]) -> str:
    symbol, price, verb, by, arrow, change, opening, pct, closing = quote.groups()
    parts = [
        symbol,
        price,
        verb,
        by,
        arrow,
        change,
        f"{opening}{pct}%{closing}" if opening else None,
    ]
    return " ".join(part for part in parts if part)
