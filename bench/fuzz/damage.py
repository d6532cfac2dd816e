"""What happens to a text or to a file on its way: slips, losses, insertions, joins."""

from collections.abc import Callable

LETTERS = [
    *"0123456789.,-+()% ?▲▼ABKXabé\"'&<>;|\\/\t\r\n\x00",
    "\u00a0",
    "\u2028",
    "\ufffd",
    "â–²",
    "&#9650;",
    "&#X25bc;",
    "Increased By",
    "Decreased By",
    "No Change",
    "9" * 30,
    "%)",
    "٣",
    "😀",
    "e\u0301",
]
"""What is put into a text: letters of the page, and what encodings and editors make of them."""

Draw = Callable[[], float]
"""`random.Random.random`: from 0 up to 1."""


def damaged_line(draw: Draw, line: str, other: str) -> str:
    """`line` with one to three slips; some join it to `other`."""
    for _ in range(1 + int(draw() ** 3 * 3)):
        at = int(draw() * (len(line) + 1))
        kind = int(draw() * 8)
        if kind < 3:
            line = line[:at] + LETTERS[int(draw() * len(LETTERS))] + line[at + 1 :]
        elif kind == 3:
            line = line[:at] + line[at + 1 :]
        elif kind == 4:
            line = line[:at] + LETTERS[int(draw() * len(LETTERS))] + line[at:]
        elif kind == 5:
            line = line[:at]
        elif kind == 6:
            line = line[:at] + other[int(draw() * len(other)) :]
        else:
            width = 1 + int(draw() * 9)
            line = line[:at] + line[at + width :] + line[at : at + width]
    return line


def damaged_bytes(draw: Draw, content: bytes, other: bytes) -> bytes:
    """`content` with one to four spans changed, lost, doubled, moved or taken from `other`."""
    for _ in range(1 + int(draw() ** 2 * 4)):
        size = len(content)
        at = int(draw() * (size + 1))
        # slips gather where formats keep their headers: at the beginning and at the end
        where = draw()
        if where < 0.2:
            at = min(at, int(draw() * 64))
        elif where < 0.4:
            at = max(at, size - int(draw() * 64))
        width = 1 + int(draw() ** 4 * 200)
        kind = int(draw() * 9)
        if kind < 3:
            content = content[:at] + bytes([int(draw() * 256)]) + content[at + 1 :]
        elif kind == 3:
            flipped = content[at] ^ (1 << int(draw() * 8)) if at < size else 0
            content = content[:at] + bytes([flipped]) + content[at + 1 :]
        elif kind == 4:
            content = content[:at] + content[at + width :]
        elif kind == 5:
            content = content[: at + width] + content[at:]
        elif kind == 6:
            content = content[:at]
        elif kind == 7:
            fill = (b"\xff", b"\x00", b"9", b"\r\n")[int(draw() * 4)]
            content = content[:at] + fill * min(width, 8) + content[at + min(width, 8) :]
        else:
            start = int(draw() * len(other))
            content = content[:at] + other[start : start + width] + content[at:]
    return content
