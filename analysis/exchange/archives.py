"""ZIP archives that come by e-mail: checked before anything in them is read."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib

from analysis.exchange.material import ExchangeError

MOST_MEMBERS = 20_000
#: By how many bytes an archive may grow when it is unpacked.
LARGEST = 200_000_000
LEADS_OUT = r"[/\\]|[A-Za-z]:|(.*[/\\])?\.\.([/\\]|$)"
#: The other methods let a few packed bytes fill the memory before Python can stop them.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)


def checked(data: bytes, file: str) -> zipfile.ZipFile:
    """The archive in these bytes, for :func:`member`; ``file`` is its name in messages.

    Raises :class:`ExchangeError` if it is no ZIP archive, or none that can be unpacked safely.
    """
    if data.count(b"PK\x01\x02") > MOST_MEMBERS:  # quicker than to read so many and count then
        raise ExchangeError(f"{file}: more than {MOST_MEMBERS:,} files in one archive; not read")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN:
        raise ExchangeError(f"{file}: no whole ZIP archive; it may be cut short") from None
    archive.filename, members = file, archive.infolist()
    for info in members:
        for fault, found in {
            "leads out of the archive": re.match(LEADS_OUT, info.filename, re.DOTALL),
            "is a link to another file": stat.S_ISLNK(info.external_attr >> 16),
            "is encrypted; save the archive without a password": info.flag_bits & 0x41,
            "is packed in an unusual way; pack it anew": info.compress_type not in METHODS,
            "grows too much when unpacked": info.file_size > 10**6 + 250 * info.compress_size,
        }.items():
            if found:
                raise ExchangeError(f"{file}: {info.filename[:80]!r} {fault}; not read")
    if len({info.filename for info in members}) < len(members):
        raise ExchangeError(f"{file}: two files of one name in the archive; not read")
    if sum(info.file_size for info in members) > LARGEST + len(data):
        raise ExchangeError(f"{file}: more than {LARGEST // 10**6} MB when unpacked; not read")
    return archive


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of a checked archive; :class:`ExchangeError` if it is missing or damaged."""
    try:
        with archive.open(name) as opened:  # read() alone could unpack more than was declared
            return opened.read(archive.getinfo(name).file_size + 1)
    except KeyError:
        fault = "is missing"
    except BROKEN:
        fault = "is damaged"
    raise ExchangeError(f"{archive.filename}: {name[:80]!r} {fault}; not read")
