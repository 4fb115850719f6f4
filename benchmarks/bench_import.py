"""Importing a hundred hours of transcripts, and a large coded project, against their parsers."""

from __future__ import annotations

import io
import itertools
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import webvtt
from lxml import etree

from analysis.exchange.detect import read_all
from analysis.exchange.importing import assemble
from benchmarks.harness import Row, processor_seconds

#: Files of two hours each, their cues, and words of a cue: a million in all.
FILES, CUES, WORDS = 50, 2_000, 10
SPEAKERS = ("Anna Petrova", "Boris Orlov", "Vera Ilyina", "Moderator", "Galina Serova")
KNOWN = "digital state services portal people request agency region data and in that this as we"
#: At most so many times the time of the parser.
TRANSCRIPTS, PROJECT = 2, 3


def transcript(rng: np.random.Generator) -> str:
    """Two hours of captions, a speaker's name before each."""
    words = rng.choice(KNOWN.split(), (CUES, WORDS))
    lines = ["WEBVTT", ""]
    for cue, said in enumerate(words):
        start = 3.6 * cue
        times = [
            f"{t // 3600:02.0f}:{t // 60 % 60:02.0f}:{t % 60:06.3f}" for t in (start, start + 3)
        ]
        name = SPEAKERS[rng.integers(len(SPEAKERS))]
        lines += [str(cue + 1), " --> ".join(times), f"{name}: {' '.join(said)}", ""]
    return "\n".join(lines)


def coded(codings: int) -> bytes:
    """A REFI-QDA project of ten texts by two users, its elements as NVivo writes them."""
    rng = np.random.default_rng(2)
    ids = (str(uuid.UUID(int=number)) for number in itertools.count(1))
    users, codes = [next(ids) for _ in range(2)], [next(ids) for _ in range(100)]
    when = 'creationDateTime="2025-06-18T02:08:15Z"'
    xml = ['<Project xmlns="urn:QDA-XML:project:1.0" name="large"><Users>']
    xml += [f'<User guid="{user}" name="{user[-1]}"/>' for user in users]
    xml += ["</Users><CodeBook><Codes>"]
    xml += [f'<Code guid="{code}" name="Code {code[-2:]}" isCodable="true"/>' for code in codes]
    xml += ["</Codes></CodeBook><Sources>"]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            drawn = rng.choice(KNOWN.split(), (codings // 50, WORDS))
            lines = [f"{rng.choice(SPEAKERS)}: {' '.join(words)}" for words in drawn]
            text = "\n".join(lines)
            archive.writestr(f"Sources/{number}.txt", text)
            name = f'guid="{next(ids)}" name="Session {number}"'
            xml.append(f'<TextSource {name} plainTextPath="internal://{number}.txt">')
            for start in np.sort(rng.choice(len(text) - 40, codings // 10)).tolist():
                user, code = rng.choice(users), rng.choice(codes)
                xml.append(
                    f'<PlainTextSelection creatingUser="{user}" {when} endPosition="{start + 30}" '
                    f'guid="{next(ids)}" modifiedDateTime="2025-06-18T02:08:15Z" '
                    f'modifyingUser="{user}" name="" startPosition="{start}"><Description/>'
                    f'<Coding creatingUser="{user}" {when} guid="{next(ids)}">'
                    f'<CodeRef targetGUID="{code}"/></Coding></PlainTextSelection>'
                )
            xml.append("</TextSource>")
        archive.writestr("project.qde", "".join([*xml, "</Sources></Project>"]))
    return made.getvalue()


def taken(paths: list[Path]) -> int:
    """How many statements and codings an import makes of the files."""
    _, tables, _ = assemble(read_all(paths), [])
    return len(tables["statements"]) + len(tables.get("codings", ()))


def rows() -> Iterator[Row]:
    """Files on disk, as they come."""
    for reader in ("refi", "transcripts"):  # loaded before the clock runs, as the peers are
        import_module(f"analysis.exchange.{reader}")
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        captions = [Path(folder, f"{number}.vtt") for number in range(FILES)]
        for path in captions:
            path.write_text(transcript(rng), encoding="utf-8")
        project = Path(folder, "large.qdpx")
        project.write_bytes(coded(100_000))
        xml = zipfile.ZipFile(project).read("project.qde")
        for what, peer, files, parse, most in (
            (
                "100 hours of captions",
                "webvtt.read",
                captions,
                partial(parsed, captions),
                TRANSCRIPTS,
            ),
            (
                "a project of 100,000 codings",
                "lxml",
                [project],
                partial(etree.fromstring, xml),
                PROJECT,
            ),
        ):
            own, other = processor_seconds([partial(taken, files), parse])
            yield Row(f"{what}, imported", peer, own, other, "s", own / other, most, at_most=True)


def parsed(paths: list[Path]) -> None:
    """The captions as their parser gives them."""
    for path in paths:
        webvtt.read(path)
