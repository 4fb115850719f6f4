import csv
import gzip
import io
import json
import unicodedata
import zipfile
import zlib
from urllib.parse import quote

import matplotlib as mpl
import pandas as pd
import pypdf
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image, PngImagePlugin

from analysis.panel.panel import load_panel
from analysis.privacy.commands import pseudonymise, publish_check
from analysis.privacy.folding import QUOTED, copies, folded, named, quotations
from analysis.privacy.pseudonyms import PrivacyError
from analysis.privacy.publish import check

KEY = [
    ("original", "replacement", "kind", "count"),
    ("Иван Петрович Иванов", "[e01]", "speaker", "3"),
    ("Мария Сидорова", "[person 1]", "listed", "1"),
    ("Roman Smith", "[e07]", "speaker", "1"),
    ("ivan@mail.ru", "[e-mail]", "e-mail", "1"),
    ("8 916 123-45-67", "[phone]", "phone", "1"),
    ("t.me/ivanov_ii", "[link]", "link", "1"),
    ("123-45-67", "[phone]", "phone", "1"),
]


def png(text, compressed=False, late=False):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Author", text, zip=compressed)
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, "PNG", pnginfo=info)
    raw = data.getvalue()
    if late:  # behind the picture
        start = raw.index(b"iTXt") - 4
        end = start + 12 + int.from_bytes(raw[start : start + 4])
        raw = raw[:start] + raw[end:-12] + raw[start:end] + raw[-12:]
    return raw


def jpeg(text):
    exif = Image.Exif()
    exif[0x9C9D] = text.encode("utf-16-le")  # XPAuthor
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, "JPEG", exif=exif)
    return data.getvalue()


def pdf(text="", author="", packed=b""):
    figure, data = Figure(), io.BytesIO()
    figure.text(0.1, 0.5, text)
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(data, format="pdf", metadata={"Author": author})
    writer = pypdf.PdfWriter(clone_from=data)
    if packed:
        writer.add_attachment("notes.txt", packed)
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


def packed(name, content):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return data.getvalue()


def letters(text):
    return "".join(f"&#{ord(letter)};" for letter in text)


def notebook(text="", **metadata):
    output = {"output_type": "display_data", "data": {"text/plain": text}, "metadata": metadata}
    cell = {"cell_type": "code", "source": "", "outputs": [output], "metadata": {}}
    return json.dumps({"cells": [cell], "metadata": {}}, indent=1)


WORD = "<w:p><w:r><w:t>{}</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r></w:p>"
INVENTORY = b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# packed with zlib\n"
FILES = {
    "page.html": "<p>сказали Иванову</p>",
    "lines.html": "<p>\n\nсказал\nИван\nПетрович</p>",
    "attribute.html": '<img alt="у Ивановой" src="a.png">',
    "comment.html": "<!-- ИВАНОВ --><p>text</p>",
    "entities.html": f"<p>{letters('Ивановым')}</p>",
    "hidden.html": "<p>Ива&shy;но\u200bву</p>",
    "tags.html": '<p>Ива<b class="x">но</b>ву</p>',
    "link.html": f'<a href="https://example.org/{quote("Иванов")}">x</a>',
    "script.html": '<script>let who = "\\u0418\\u0432\\u0430\\u043d\\u043e\\u0432";</script>',
    "latin.html": "<p>as Mr Ivanov's office said</p>",
    "cells.html": "<tr><td>Марии</td><td>Сидоровой</td></tr>",
    "mail.html": '<a href="mailto:ivan%40mail.ru">x</a>',
    "mail2.html": "<p>ivan [at] mail . ru</p>",
    "phone.html": "<p>+7 (916) 123 45 67</p>",
    "phone2.html": "<p>тел. <b>79161234567</b></p>",
    "phone3.html": "<p>звоните 123-45-67</p>",
    "handle.html": "<p>https://t.me/Ivanov_II</p>",
    "searchindex.js": 'Search.setIndex({"terms": {"иванов": [1], "для": 2}})',
    "figure.svg": '<svg><text><tspan>Ива</tspan><tspan x="1">нов</tspan></text></svg>',
    "output.ipynb": notebook("сказал\nИванов"),
    "ascii.ipynb": notebook("сказал\nИванов").encode("ascii").decode(),
    "metadata.ipynb": notebook(who="Иванова"),
    "data.json": json.dumps({"Иванов": 1}),
    "findings.csv": "id,value\nx,Ивановы\n",
    "page.md": "спросите **Ивано**ва или Ивана",
    "notes.txt": "Иванов".encode("utf-16"),
    "old.txt": "Заседание вёл товарищ Иванов".encode("cp1251"),
    "Иванов.txt": "",
    "folder-ivanov/page.html": "",
    "a.pdf": pdf("Иванов"),
    "b.pdf": pdf(author="Иванов"),
    "c.pdf": pdf(packed="Иванов".encode()),
    "a.png": png("Иванов"),
    "b.png": png("Иванов" * 1 + "." * 200, compressed=True),
    "c.png": png("Иванов", late=True),
    "a.jpg": jpeg("Иванов"),
    "a.zip": packed("page.html", "<p>Иванов</p>"),
    "b.zip": packed("Иванов.txt", ""),
    "c.zip": packed("inner.zip", packed("page.html", "Иванов")),
    "a.docx": packed("word/document.xml", WORD.format("Ива", "нов")),
    "page.html.gz": gzip.compress("<p>Иванов</p>".encode()),
    "objects.inv": INVENTORY + zlib.compress("Иванов std:label 1 page.html -\n".encode()),
    "sound.mp3": b"ID3\0\0\1\xff\0" + "Иванов".encode("utf-16-le") + b"\0\0\xff\xfb",
    "cache.pickle": b"\x80\x04\0\0" + "Иванов".encode() + b"\x94.",
}
PLACES = {
    "lines.html": "lines.html, line 4: [e01]",
    "cells.html": "cells.html, line 1: [person 1]",
    "a.zip": "a.zip, page.html, line 1: [e01]",
    "Иванов.txt": "[e01].txt, its name, line 1: [e01]",
    "folder-ivanov/page.html": "folder-[e01]/page.html, its name, line 1: [e01]",
    "b.zip": "b.zip, a name inside, line 1: [e01]",
    "a.pdf": "a.pdf, page 1, line 1: [e01]",
}


#: A site that names nobody.
SITE = {
    "index.html": "<p>Иванково, сидор, Ивановской области; 8 916 123-45-68; i@mail.ru</p>",
    "figure.svg": '<path d="M 12.5 13.6 L 8.91 71.23 45.67 1 2 3"/>',
    "_static/theme.css": "font: Times New Roman",
    "a.png": png("nobody"),
    "a.pdf": pdf("nobody"),
    "a.zip": packed("a.txt", "nobody"),
    "broken.png": b"\x89PNG\r\n\x1a\n\0\0",
}


@pytest.fixture
def site(tmp_path):
    """A site that names nobody, and a key."""
    for name, content in SITE.items():
        put(tmp_path / "site", name, content)
    with (tmp_path / "key.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(KEY)
    return tmp_path / "site"


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_nothing_is_found_where_nobody_is_named(site):
    assert check(site, site.parent / "key.csv") == []


@pytest.mark.parametrize("name", FILES)
def test_one_left_in_is_found_in_each_kind_of_file(site, name):
    for there in list(site.rglob(name)):
        there.unlink()
    put(site, name, FILES[name])
    found = check(site, site.parent / "key.csv")
    assert len(found) == 1 or name == "handle.html"  # a link, and a name in it
    assert all(word not in found[0].lower() for word in ("ивано", "ivanov", "mail.ru", "123"))
    if name in PLACES:
        assert found[0] == PLACES[name]


def test_a_first_name_alone_counts_but_not_in_what_is_no_page(site):
    put(site, "fonts.html", "<p>Times New Roman</p>")
    assert check(site, site.parent / "key.csv") == ["fonts.html, line 1: [e07]"]
    put(site, "_static/a.css", "Mr Smith")
    assert "_static/a.css, line 1: [e07]" in check(site, site.parent / "key.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.4 broken"),
        ("a.zip", b"PK\x03\x04 broken"),
        ("a.gz", b"\x1f\x8b broken"),
        ("a.zip", packed("a", packed("a", packed("a", packed("a", packed("a", b"x")))))),
        ("big.zip", packed("zeros", bytes(101_000_000))),
    ],
)
def test_what_cannot_be_searched_is_told(site, name, content):
    put(site, name, content)
    (line,) = check(site, site.parent / "key.csv")
    assert line.startswith(f"{name}: not searched (")


STATEMENT = "Мы три года писали отчёты в двух системах, и никто их так ни разу и не открыл."


def test_an_empty_folder_is_no_site(tmp_path, site):
    (tmp_path / "empty").mkdir()
    with pytest.raises(PrivacyError, match="no file in it"):
        check(tmp_path / "empty", site.parent / "key.csv")


def test_many_open_tags_and_many_hits(site):
    put(site, "open.html", "<a " * 200_000)
    put(site, "many.html", "<p>Иванов</p>\n" * 20_000)
    assert check(site, site.parent / "key.csv") == ["many.html, line 1: [e01]"]


def test_words_of_an_expert_who_may_not_be_quoted(site, constructed):
    folder, barred = constructed
    said = load_panel(folder).unquotable()
    assert {id for id, _ in said} == barred
    id, words = next((id, text.split()) for id, text in said if len(text.split()) > 12)
    put(site, "page.html", f"<p>Он: {' '.join(words[2:7])} <i>{' '.join(words[7:10])}</i></p>")
    put(site, "less.html", f"<p>Он: {' '.join(words[2:9])}</p>")
    found = check(site, site.parent / "key.csv", load_panel(folder))
    assert found == [f"page.html, line 1: words of {id}, which may not be quoted"]


@pytest.fixture
def constructed(tmp_path, root):
    """The constructed panel, with an expert who may not be quoted, and the ids of what she said."""
    folder = tmp_path / "panel"
    folder.mkdir()
    for path in (root / "data" / "panels" / "constructed").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    experts = pd.read_csv(folder / "experts.csv", dtype=str)
    experts["quotable"] = "true"
    experts.loc[0, "quotable"] = "false"
    experts.to_csv(folder / "experts.csv", index=False, lineterminator="\n")
    said = pd.read_csv(folder / "statements.csv", dtype=str)
    return folder, set(said["statement_id"][said["speaker"] == experts["expert_id"][0]])


def quoted(text, *statements, **least):
    known = quotations((f"s{n}", statement) for n, statement in enumerate(statements, 1))
    return copies(folded(text), known, **least)


def test_eight_words_in_a_row_are_a_quotation_however_they_are_written():
    words = "Мы три года писали отчеты в двух системах"
    changed = [(" ", " — «"), ("отчеты", "отчёты"), ("двух", "дв\u00adу\u200bх"), (" ", "\u00a0\n")]
    texts = [words.upper(), unicodedata.normalize("NFD", words), f"Он: {words}, а потом?"]
    for text in [words, *texts, *(words.replace(*pair) for pair in changed)]:
        assert set(quoted(text, "Да.", STATEMENT)) == {"s2"}, text
    wide = "Ｄｉｇｉｔａｌ one two three four five six seven"
    assert quoted(wide, "Digital one, two, three; four, five, six: seven eight")
    assert not quoted("три года писали отчёты в двух системах", STATEMENT)
    assert not quoted("Мы три года отчёты писали в двух системах, и никто их", STATEMENT)
    assert not quoted(STATEMENT)
    assert quoted(f"Он сказал:\n{words}", STATEMENT) == {"s1": len("Он сказал:\n")}


def test_a_short_statement_is_quoted_as_a_whole_and_a_very_short_one_never():
    assert quoted("Как же: нам дали три пароля, и всё", "Нам дали три пароля.")
    assert not quoted("Нам дали три", "Нам дали три пароля.")
    assert not quoted("Нам дали три пароля и", "Нам дали три пароля и забыли.")
    assert not quoted("Три пароля дали.", "Три пароля дали.")
    assert not quoted("Нам дали три пароля.", "Нам дали три пароля.", least=QUOTED)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=14), max_size=4), st.text("abc", max_size=20)
)
def test_quotations_against_every_pair_of_runs(statements, text):
    expected = {
        f"s{number}"
        for number, said in enumerate(statements, 1)
        for size in [min(len(said), 8)]
        if size > 3
        and any(
            list(text[a : a + size]) == said[b : b + size]
            for a in range(len(text) - size + 1)
            for b in range(len(said) - size + 1)
        )
    }
    found = quoted(" ".join(text), *map(" ".join, statements))
    assert bool(found) == bool(expected)
    assert set(found) <= expected  # of two that say the same, one


ORDER = [f"s{n:03d}" for n in range(1, 10)] + ["s2-049", "s2-050", "s2-051"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("See s002.", "s002"),
        ("as E05 says", "e05"),
        ("s002-s004", "s002 s003 s004"),
        ("S004 – s002!", "s002 s003 s004"),
        ("s002—s003", "s002 s003"),
        ("s002\u2011s004, s006\u2212s008", "s002 s003 s004 s006 s007 s008"),
        ("from s002 to s004", "s002 s003 s004"),
        ("с s002 по s004; с s006 до s007", "s002 s003 s004 s006 s007"),
        ("s002...s004, s006…s008", "s002 s003 s004 s006 s007 s008"),
        ("s002, s004 and s006", "s002 s004 s006"),
        ("s2-049-s2-051", "s2-049 s2-050 s2-051"),
        ("s2-049 – s2-051", "s2-049 s2-050 s2-051"),
        ("s008 - s2-049", "s008 s009 s2-049"),
        ("e05-s004: to go on", "e05 s004"),
        ("the rule-s004-too", "s004"),
        ("s0021, xs002, s002x", ""),
        ("a-" * 5000, ""),
    ],
)
def test_the_ids_in_a_note(text, ids):
    places = {"e05": -1} | {id: place for place, id in enumerate(ORDER)}
    assert named(text, places, ORDER) & places.keys() == set(ids.split())


def test_the_commands_from_a_panel_to_a_site_that_may_be_published(panel, tmp_path):
    run = CliRunner().invoke
    key = ["--key", str(tmp_path / "key.csv")]
    site = tmp_path / "site"
    put(site, "index.html", "<p>у Анны Петровой</p>")

    result = run(
        pseudonymise, [str(panel), *key, "--names", str(tmp_path / "names.txt"), "--dry-run"]
    )
    assert result.exit_code == 0
    assert "This list names people" in result.output
    assert "10  Анна Петрова -> [e03]" in result.output
    result = run(pseudonymise, [str(panel), *key])
    assert result.exit_code == 0
    assert "Петров" not in result.output
    result = run(publish_check, [str(site), *key])
    assert (result.exit_code, result.output) == (1, "index.html, line 1: [e03]\n")
    assert run(publish_check, [str(panel), *key]).output == "nothing found\n"
    assert run(publish_check, [str(site), "--key", str(tmp_path / "none.csv")]).exit_code == 2
    assert run(publish_check, [str(site), *key, "--panel", str(site)]).exit_code == 2
    result = run(pseudonymise, [str(panel), "--key", str(panel / "key.csv")])
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    for command in (pseudonymise, publish_check):
        assert "Example: study" in run(command, ["--help"]).output


def test_six_megabytes(site):
    page = "".join(
        f'<p class="c{n}">Сказано {n}: <b>цифры</b> — не панацея, of {n}.{n} &amp; more</p>\n'
        for n in range(7000)
    )
    for n in range(7):
        put(site, f"page{n}.html", page)
    with (site.parent / "key.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"Олег Мельник{letter}в,[e{letter}],speaker,1\n" for letter in "аеиоу")
    assert check(site, site.parent / "key.csv") == []
