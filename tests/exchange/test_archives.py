import io
import stat
import struct
import zipfile

import pytest

from analysis.exchange import archives
from analysis.exchange.archives import checked, member
from analysis.exchange.material import ExchangeError


def packed(files, method=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def with_flag(data, flag):
    """The archive with a flag set in each entry of its directory."""
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + struct.pack("<H", flag) + data[at + 10 :]


def test_a_plain_archive_is_read():
    archive = checked(packed({"project.qde": "<a/>", "Sources/ä.txt": "b"}), "a.qdpx")
    assert archive.namelist() == ["project.qde", "Sources/ä.txt"]
    assert member(archive, "Sources/ä.txt") == b"b"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "Sources/../../evil",
        "/etc/passwd",
        "\\evil",
        "C:\\evil",
        "a\\..\\..\\b",
        "..",
    ],
)
def test_paths_that_leave_are_refused(name):
    with pytest.raises(ExchangeError, match="leads out of the archive"):
        checked(packed({name: "x"}), "a.qdpx")


def test_dots_in_names_are_no_way_out():
    assert checked(packed({"a..b/c...txt": "x", "..c": "y"}), "a.qdpx").namelist()


def test_links_are_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(ExchangeError, match="link"):
        checked(data.getvalue(), "a.qdpx")


def test_encrypted_and_oddly_packed_members_are_refused():
    with pytest.raises(ExchangeError, match="encrypted"):
        checked(with_flag(packed({"a": "x"}), 1), "a.qdpx")
    with pytest.raises(ExchangeError, match="unusual"):
        checked(packed({"a": "x" * 100}, zipfile.ZIP_LZMA), "a.qdpx")


def test_bombs_are_refused_by_ratio_size_and_number(monkeypatch):
    with pytest.raises(ExchangeError, match="grows too much"):
        checked(packed({"a": bytes(10_000_000)}), "a.qdpx")
    monkeypatch.setattr(archives, "LARGEST", 1_000)
    with pytest.raises(ExchangeError, match="when unpacked"):
        checked(packed({"a": "x" * 900, "b": "y" * 900}), "a.qdpx")
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    with pytest.raises(ExchangeError, match="more than 2 files"):
        checked(packed(dict.fromkeys("abc", "x")), "a.qdpx")


def test_a_member_larger_than_it_says_is_refused():
    data = packed({"a": b"x" * 5_000})
    lie = data.replace(struct.pack("<I", 5_000), struct.pack("<I", 10))
    with pytest.raises(ExchangeError, match="'a' is damaged"):
        member(checked(lie, "a.qdpx"), "a")


def test_two_members_of_one_name_are_refused():
    both = io.BytesIO(packed({"a": "x"}))
    with zipfile.ZipFile(both, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a", "y")
    with pytest.raises(ExchangeError, match="two files of one name"):
        checked(both.getvalue(), "a.qdpx")


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"PK\x03\x04" + b"x" * 50, packed({"a": "b"})[:-4]],
    ids=["empty", "two bytes", "a header alone", "its end cut off"],  # an archive holds its time
)
def test_what_is_no_archive_is_refused_in_one_line(data):
    with pytest.raises(ExchangeError, match=r"a\.qdpx: no whole ZIP archive") as error:
        checked(data, "a.qdpx")
    assert "\n" not in str(error.value)


def test_a_missing_member_is_named():
    with pytest.raises(ExchangeError, match=r"a\.qdpx: 'b' is missing"):
        member(checked(packed({"a": "x"}), "a.qdpx"), "b")
