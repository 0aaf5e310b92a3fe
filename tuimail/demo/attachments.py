"""Small files that the sample mail carries: made in code, the same octets every time."""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib

from tuimail.demo.builder import Part, file_part

ZIP_TIME = (2020, 2, 29, 12, 0, 0)

CSV_FILES = {
    "loan-terms.csv": "object,from,until,lux,humidity,value\nHM-0882 sextant,14,134,50,45-55 %,4200\n",
    "parts-order.csv": (
        "part,size,pieces,price\nchain,8-speed,6,11.50\ntube,28 inch,26,3.20\nbrake pads,V,14,4.10\n"
        'brake pads,"disc, round",6,7.90\npedal axle,left thread,1,9.00\nbell,loud,1,6.40\n'
    ),
    "budget.csv": "item,pieces,each,sum\ncards,12,85,1020\nboards,12,140,1680\nboxes,12,55,660\nprinter,1,440,440\n",
    "climate-bays.csv": "hour,bay 1,bay 2,bay 3\n"
    + "".join(f"{h:02},51.{h % 7},50.{h % 5},5{h % 4}.0\n" for h in range(24)),
}
PDF_LINES = {
    "inspection.pdf": ["Crane no. 4, inspection", "212 rivets, 209 good", "Replace: 31, 32, 118", "Jib: 40 kg, spread"],
    "facilities-report.pdf": ["Facilities report", "Reading room 2", "Case with lock, 48 % RH, 45 lux"],
    "lamplighter-v3.pdf": ["Lamplighter", "for eleven voices", "version 3", "Silence: one bar and a half"],
    "lighting-plan.pdf": ["Crane no. 4, lighting plan", "7 lamps, 9 W, 2200 K", "Sunset to midnight, three nights"],
    "programme.pdf": ["Lantern Choir", "Concert in the net loft", "Admission free, soup included"],
}


def attachment(filename: str) -> Part:
    """The sample file of this name. Raises KeyError for a name that does not exist."""
    if filename.endswith(".csv"):
        return file_part("text/csv", CSV_FILES[filename].encode(), filename=filename, parameters="charset=us-ascii")
    if filename.endswith(".png"):
        return file_part("image/png", lamp_png(48, 32), filename=filename)
    return file_part("application/pdf", pdf(PDF_LINES[filename]), filename=filename)


def pdf(lines: list[str]) -> bytes:
    """A PDF of one page with `lines` of ASCII text."""
    shown = " ".join(f"({line}) Tj 0 -22 Td" for line in lines)
    content = f"BT /F1 16 Tf 60 760 Td {shown} ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    file = b"%PDF-1.4\n"
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + trailer


def lamp_png(width: int, height: int) -> bytes:
    """A picture of a lamp's warm glow in the dark, `width` x `height` pixels."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            distance = math.hypot((x - width / 2) / width, (y - height / 3) / height)
            glow = max(0.0, 1.0 - 2.2 * distance)
            rows += bytes((int(20 + 235 * glow), int(18 + 170 * glow * glow), int(40 + 40 * glow**3)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def zip_file(files: dict[str, bytes]) -> bytes:
    """A ZIP archive of `files`, with a fixed time in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, octets in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), octets)
    return buffer.getvalue()
