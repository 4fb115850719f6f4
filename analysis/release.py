"""The site as one PDF, and a release as one archive: ``study pdf`` and ``study release``."""

from __future__ import annotations

import io
import os
import posixpath
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import click
import lxml.html
import yaml

from analysis.project import BUILD, PANEL_VARIABLE, ROOT, SITE
from analysis.publish.execution import STORE, write_text
from analysis.publish.pages import LEDGER, NO_PDF

#: What of a page is no part of the book on paper.
_LEFT_OUT = ".//script | .//button | .//a[@class='headerlink'] | .//*[@class='study-pdf']"
_LEFT_OUT += " | .//*[contains(@class, 'cell_input')] | .//details[contains(@class, 'hide')]"
#: Headings; and in them tags, and blanks. Where a heading is broken the outline loses a blank, so
#: that it stands before the place of the break.
_HEADING, _BLANK = re.compile(r"(?s)<h[1-3]\b.*?</h[1-3]>"), re.compile(r"(<[^>]+>)|\s+")
#: Where Chromium writes the time.
_DATES = re.compile(rb"\(D:\d{14}\+00'00'\)")


def _read(site: Path, page: str) -> Any:
    return lxml.html.parse(str(site / f"{page}.html")).getroot()


def _target(page: str, address: str) -> tuple[str, str, str]:
    """Where a link of a page leads: site, page there, and place on that page."""
    parts = urlsplit(urljoin(f"/{page}.html", address))
    return parts.netloc, unquote(parts.path)[1:].removesuffix(".html"), parts.fragment


def _placed(part: Any, page: str, pages: Sequence[str]) -> Any:
    """A part of a page, its ids and addresses those of the one page that holds all."""
    for aside in part.xpath(_LEFT_OUT):
        aside.drop_tree()
    for node in part.xpath("descendant-or-self::*[not(ancestor-or-self::svg)]"):
        if node.get("id"):
            node.set("id", f"{page}.{node.get('id')}")
        if node.get("src"):
            node.set("src", posixpath.join(SITE.name, posixpath.dirname(page), node.get("src")))
            node.attrib.pop("loading", None)
        if node.tag == "details":
            node.set("open", "")
        if node.get("href"):
            elsewhere, there, place = _target(page, node.get("href"))
            if not elsewhere and (there not in pages or (there == LEDGER and place)):
                del node.attrib["href"]  # a file of the site, or a row of the ledger
            elif not elsewhere:
                node.set("href", f"#{there}.{place}" if place else f"#{there}")
    return part


def whole(site: Path) -> str:
    """The pages of a site as one, in reading order, without code and without the ledger's rows."""
    frame = _read(site, LEDGER)
    contents = [a.get("href") for a in frame.xpath("//*[contains(@class, 'bd-links')]//a")]
    first = frame.find_class("navbar-brand")[0].get("href")
    pages = [_target(LEDGER, address)[1] for address in (first, *contents)]
    main, cover = lxml.html.Element("main"), lxml.html.Element("header", {"class": "study-cover"})
    main.append(cover)
    title = frame.find_class("logo__title")[0].text_content()
    for name in ("logo__title", "component-author", "extra_footer", "bd-links"):
        cover.append(_placed(frame.find_class(name)[0], LEDGER, pages))
    for page in pages:
        root = _read(site, page)
        article = _placed(root.find(".//article"), page, pages)
        article.set("id", page)
        if "(constructed)" in root.findtext(".//title"):
            article.classes.add("study-about-constructed")
            heading = article.find(".//h1")
            if len(heading):  # after the number of the chapter
                heading[-1].tail = f"{heading[-1].tail or ''} (constructed)"
            else:
                heading.text += " (constructed)"
        if page == LEDGER:
            table = article.get_element_by_id(f"{LEDGER}.ledger")
            table.clear()
            table.append(lxml.html.Element("caption"))
            table[0].text = "The rows are on the site, and in findings.csv beside this file."
        main.append(article)
    sheets = [link.get("href") for link in _read(site, pages[0]).xpath("//link[@rel='stylesheet']")]
    head = lxml.html.Element("head")
    head.append(lxml.html.Element("meta", {"charset": "utf-8"}))
    head.append(lxml.html.Element("title"))
    head[-1].text = title
    for sheet in (*sheets, "_static/pdf.css"):
        address = _placed(lxml.html.Element("img", {"src": sheet}), pages[0], pages).get("src")
        head.append(lxml.html.Element("link", {"rel": "stylesheet", "href": address}))
    text = "".join(lxml.html.tostring(part, encoding="unicode") for part in (head, main))
    text = _HEADING.sub(lambda it: _BLANK.sub(lambda at: at[1] or "&nbsp;<wbr>", it[0]), text)
    return f'<!DOCTYPE html>\n<html lang="en" data-theme="light">{text}</html>\n'


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = [os.environ.get("STUDY_CHROMIUM"), *map(shutil.which, names)]
    if not (first := next(filter(None, found), None)):
        raise click.ClickException(
            "a PDF needs Chromium, and there is none (Debian: apt install chromium); "
            "STUDY_CHROMIUM names one that is elsewhere"
        )
    return first


def _print(page: Path, out: Path) -> None:
    """Print a page with Chromium, its date that of the sources if ``SOURCE_DATE_EPOCH`` says it."""
    with tempfile.TemporaryDirectory() as profile:
        command = [_chromium(), "--headless", "--disable-gpu", f"--user-data-dir={profile}"]
        # the page is our own and has no script: nothing that a sandbox would hold back
        command += ["--no-sandbox", "--no-pdf-header-footer", "--generate-pdf-document-outline"]
        command += [f"--print-to-pdf={out}", page.resolve().as_uri()]
        run = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if not out.exists():
        raise click.ClickException(f"Chromium did not print the pages:\n{run.stderr[-2000:]}")
    moment = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()), UTC)
    date = moment.strftime("(D:%Y%m%d%H%M%S+00'00')").encode()
    out.write_bytes(_DATES.sub(date, out.read_bytes()))


@click.command(epilog="Example: study pdf (after: study book)")
def pdf() -> None:
    """Print the site that was built as one PDF, and link it from every page."""
    if not (SITE / "index.html").exists():
        raise click.UsageError("there is no site yet; build the book first: study book")
    page, out = BUILD / "book.html", SITE / "book.pdf"
    out.unlink(missing_ok=True)
    write_text(page, whole(SITE))
    _print(page, out)
    for file in SITE.rglob("*.html"):
        place = os.path.relpath(out, file.parent).replace(os.sep, "/")
        link = f'<p class="study-pdf"><a href="{place}">The whole book as PDF</a></p>'
        text = file.read_text(encoding="utf-8")
        if NO_PDF in text:
            write_text(file, text.replace(NO_PDF, link))
    print(f"printed {out.stat().st_size / 1e6:.1f} MB: {out}")


def _git(*arguments: str) -> bytes:
    run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)
    if run.returncode:
        said = run.stderr.decode(errors="replace").strip()
        raise click.ClickException(f"a release is made of a commit: git {arguments[0]}: {said}")
    return run.stdout


def _check(cff: str) -> str:
    """The version of a release; an error where something of it is missing."""
    version = str(yaml.safe_load(cff)["version"])
    if changes := _git("status", "--porcelain").decode().splitlines():
        raise click.ClickException(f"not committed: {', '.join(line[3:] for line in changes)}")
    if f"\n## [{version}]" not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
        raise click.ClickException(f"CHANGELOG.md has no section [{version}] (CITATION.cff's)")
    return version


@click.command(epilog="Example: study release --doi 10.5281/zenodo.1234567")
@click.option("--doi", help="The DOI reserved for this version; goes into CITATION.cff.")
def release(doi: str | None) -> None:
    """Make one archive of the commit: sources, site, PDF, checksums; the same each time."""
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    name = f"expert-reflection-study-{_check(cff)}"
    if doi and not re.fullmatch(r"10\.\d{4,9}/\S+", doi):
        raise click.UsageError(f"no DOI: {doi} (as in 10.5281/zenodo.1234567)")
    epoch = int(_git("log", "-1", "--format=%ct"))
    root = BUILD / "release" / name
    shutil.rmtree(root.parent, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(_git("archive", f"--prefix={name}/", "HEAD"))) as sources:
        sources.extractall(root.parent, filter="data")
    if doi and "\ndoi:" not in cff:
        write_text(root / "CITATION.cff", cff.replace("\nversion:", f"\ndoi: {doi}\nversion:", 1))
    # the pages come from what is in the archive; executions that still hold are not made again
    if STORE.is_dir():
        shutil.copytree(STORE, root / STORE.relative_to(ROOT))
    own = {k: v for k, v in os.environ.items() if k != PANEL_VARIABLE}
    own |= {"STUDY_ROOT": str(root), "PYTHONPATH": str(root), "SOURCE_DATE_EPOCH": str(epoch)}
    for command in ("book", "pdf"):
        if subprocess.run(
            [sys.executable, "-m", "analysis", command], cwd=root, env=own
        ).returncode:
            raise click.ClickException(f"study {command} failed, nothing was packed")
    (root / SITE.relative_to(ROOT)).rename(root / "site")
    (root / "site" / ".buildinfo").unlink(missing_ok=True)  # for a next build in this folder
    shutil.rmtree(root / BUILD.relative_to(ROOT))
    print(f"packed {_pack(root, epoch)}")


def _pack(root: Path, epoch: int) -> Path:
    """Write the checksums of a folder's files into it, and the archive of it beside it."""
    files = sorted(file for file in root.rglob("*") if file.is_file())
    sums = {file.relative_to(root).as_posix(): sha256(file.read_bytes()) for file in files}
    text = "".join(f"{digest.hexdigest()}  {name}\n" for name, digest in sums.items())
    write_text(root / "SHA256SUMS", text)
    archive = root.with_name(f"{root.name}.zip")
    date = datetime.fromtimestamp(epoch, UTC).timetuple()[:6]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted([*files, root / "SHA256SUMS"]):
            entry = zipfile.ZipInfo(file.relative_to(root.parent).as_posix(), date)
            executable = file.stat().st_mode & stat.S_IXUSR
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, file.read_bytes())
    return archive
