"""Citations of the package and of the article, letter by letter."""

import datetime
import json
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from pybtex.database import parse_string

import analysis
from analysis.citation import (
    FORMS,
    Work,
    addresses,
    apa,
    bibtex,
    cite,
    panel_work,
    ris,
    whereabouts,
    works,
)
from analysis.panel.meta import Meta

#: A small citation file, what is cited of it, and what the format of such files allows.
HERE = Path(__file__).with_name("citation")
CFF = (HERE / "sample.cff").read_text(encoding="utf-8")
EXPECTED, STATED = (
    yaml.safe_load((HERE / f"{n}.yml").read_text(encoding="utf-8")) for n in ("expected", "works")
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("cff") / "CITATION.cff"
    path.write_text(CFF, encoding="utf-8")
    return path


# The works, as the file states them


def test_works_are_read_from_the_file(made):
    package, article = works(made, commit="0123456789ab")
    for work, name in ((package, "package"), (article, "article")):
        assert json.dumps(asdict(work)) == json.dumps(asdict(Work(**STATED[name])))


@pytest.mark.parametrize("name", EXPECTED)
def test_the_forms_letter_by_letter(made, name):
    with_doi = made.with_name("doi.cff")
    with_doi.write_text(CFF + "doi: 10.5281/zenodo.1\n", encoding="utf-8")
    work = {
        "package": works(made)[0],
        "package with a commit and a DOI": works(with_doi, commit="0123456789ab+changes")[0],
        "article": works()[1],
    }[name]
    expected = dict(EXPECTED[name])
    expected["RIS"] += "ER  - \n"
    written = {form: write(work) for form, _, write in FORMS if form in expected}
    if "CSL-JSON" in written:
        written["CSL-JSON"] = json.loads(written["CSL-JSON"])
    assert written == expected


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ((("Boev", "E. I."),), "Boev, E. I. (2023)."),
        ((("Boev", "E. I."), ("Zotov", "V. V.")), "Boev, E. I., & Zotov, V. V. (2023)."),
        ((("Boev", "E. I."), ("A Group", "")), "Boev, E. I., & A Group. (2023)."),
    ],
)
def test_authors_in_apa_end_with_one_full_stop(authors, expected):
    work = Work("k", "article", authors, "T", "2023", journal="J", volume="6", issue="1")
    assert apa(work).startswith(expected)


# As other programs read them


@pytest.mark.parametrize("number", [0, 1])
def test_bibtex_is_read_by_another_program(number):
    work = works(commit="0123456789ab")[number]
    entries = parse_string(bibtex(work), "bibtex").entries
    assert list(entries) == [work.key]
    entry = entries[work.key]
    assert entry.type == work.kind
    assert entry.fields["title"] == f"{{{work.title}}}"  # braces: capitals are kept
    assert entry.fields["year"] == work.year
    assert entry.fields.get("doi", "") == work.doi


def test_the_people_of_the_article_are_people_to_another_program():
    entry = parse_string(bibtex(works()[1]), "bibtex").entries["boev2023"]
    people = [(p.last_names, [*p.first_names, *p.middle_names]) for p in entry.persons["author"]]
    assert people == [
        (["Boev"], ["E.", "I."]),
        (["Zotov"], ["V.", "V."]),
        (["Vasilenko"], ["L.", "A."]),
    ]


def test_an_entity_is_one_author_however_its_name_reads():
    work = Work("k", "software", (("Friends of A and B, Ltd", ""), ("Boev", "E. I.")), "T", "2026")
    assert "  author = {{Friends of A and B, Ltd} and Boev, E. I.},\n" in bibtex(work)
    people = parse_string(bibtex(work), "bibtex").entries["k"].persons["author"]
    assert [p.last_names for p in people] == [["{Friends of A and B, Ltd}"], ["Boev"]]


@pytest.mark.parametrize("number", [0, 1])
def test_every_line_of_ris_is_a_tag_and_its_value(number):
    lines = ris(works()[number]).splitlines()
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    assert lines[0].startswith("TY  - ")
    assert [line for line in lines if line.startswith("ER")] == ["ER  - "] == lines[-1:]


# The five forms agree: each is taken apart again


def of_apa(text):
    found = re.fullmatch(
        r"(?P<authors>.+?)\.? \((?P<year>\d{4}|n\.d\.)\)\. (?P<title>.+?)"
        r"(?: \(Version (?P<version>[^,)]+)[^)]*\))?(?: \[[\w ]+\])?\."
        r"(?: [\w ]+, \d+\(\d+\), \d+–\d+\.)?(?: https://doi\.org/(?P<doi>\S+)| https\S+)?",
        text,
    ).groupdict("")
    people = re.split(r", & |(?<=\.), ", found["authors"] + ".")
    return {**found, "authors": [name.rstrip(".") for name in people if name]}


def of_gost(text):
    title, rest = re.fullmatch(
        r"(?:[\w-]+, (?:\w\. )+)?(.+?)(?: : (?:computer program|expert interviews))? / (.+)", text
    ).groups()
    people = []
    for name in rest.split(". – ")[0].split(", "):
        given = re.fullmatch(r"((?:\w\. ?)+) (\w+)", name)
        people.append(f"{given[2]}, {given[1]}".rstrip(".") if given else name)
    version = re.search(r"Version ([^,]+?)(?:,|\. –)", rest)
    doi = re.search(r"DOI (\S+)\. –", rest)
    year = re.search(r"– (\d{4}|n\.d)\. –", rest)[1]
    return {
        "authors": people, "title": title, "year": "n.d." if year == "n.d" else year,
        "version": version[1] if version else "", "doi": doi[1] if doi else "",
    }  # fmt: skip


def of_bibtex(text):
    (entry,) = parse_string(text, "bibtex").entries.values()
    people = [
        ", ".join(filter(None, (" ".join(p.last_names), " ".join(p.first_names + p.middle_names))))
        for p in entry.persons["author"]
    ]
    fields = {name: entry.fields.get(name, "") for name in ("year", "version", "doi")}
    return {
        **fields, "title": entry.fields["title"].strip("{}"),
        "authors": [name.strip("{}").rstrip(".") for name in people],
    }  # fmt: skip


def of_ris(text):
    rows = [line.split("  - ", 1) for line in text.splitlines()]
    given = dict(rows)
    version = re.fullmatch(r"Version ([^,]+)(?:, .*)?", given.get("ET", ""))
    return {
        "authors": [value.rstrip(".") for tag, value in rows if tag == "AU"],
        "title": given["TI"], "year": given["PY"], "doi": given.get("DO", ""),
        "version": version[1] if version else "",
    }  # fmt: skip


def of_csl(text):
    (given,) = json.loads(text)
    people = [a.get("literal") or f"{a['family']}, {a['given']}" for a in given["author"]]
    issued = given.get("issued", {"date-parts": [["n.d."]]})
    return {
        "authors": [name.rstrip(".") for name in people], "title": given["title"],
        "year": str(issued["date-parts"][0][0]), "doi": given.get("DOI", ""),
        "version": given.get("version", ""),
    }  # fmt: skip


READERS = {"APA": of_apa, "GOST R 7.0.100-2018": of_gost, "BibTeX": of_bibtex, "RIS": of_ris}
READERS |= {"CSL-JSON": of_csl}
TOLD = Meta("Talks on water: what was said", authors=("Anna Ivanova", "Boris Petrov"), doi="10.1/x")
WORKS = {
    "package": works(commit="0123456789ab")[0],
    "article": works()[1],
    "with a DOI": Work(
        "k", "software", (("A group", ""),), "T: t", "2027-03-01", "1.2", doi="10.1/y"
    ),
    "interviews": panel_work(TOLD),
    "dated interviews": panel_work(Meta("Talks", authors=("Anna Ivanova",), collected="2024-03")),
}


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_the_five_forms_agree(work):
    stated = {
        "authors": [f"{f}, {g}".rstrip(".") if g else f.rstrip(".") for f, g in work.authors],
        "title": work.title, "year": work.year, "version": work.version, "doi": work.doi,
    }  # fmt: skip
    assert {form for form, _, _ in FORMS} == set(READERS)
    for form, _, write in FORMS:
        assert READERS[form](write(work)) == stated, form


def test_a_page_shows_each_form_as_text_and_its_file():
    work = Work("k", "misc", (("<b>", ""),), "T <i>\n\n{{ x }}", "2024", doi="10.1/x")
    html = cite("panel", work)
    assert re.findall(r'href="\.\./(cite-panel[^"]+)" download', html) == [
        "cite-panel-apa.txt", "cite-panel-gost.txt", "cite-panel.bib", "cite-panel.ris",
        "cite-panel.json",
    ]  # fmt: skip
    assert "<b>" not in html
    assert "<i>" not in html
    assert '<a href="https://doi.org/10.1/x">https://doi.org/10.1/x</a>' in html


# Where the package is


@pytest.mark.parametrize(
    ("repository", "binder"),
    [
        ("https://github.com/some-one/a.study", "gh/some-one/a.study"),
        ("https://github.com/some-one/study.git", "gh/some-one/study"),
        ("https://gitlab.com/group/study/", "gl/group%2Fstudy"),
        ("https://example.org/study", ""),
    ],
)
def test_binders_address_follows_from_the_repositorys(made, repository, binder):
    path = made.with_name("known.cff")
    path.write_text(f"{CFF}repository-code: {repository}\nurl: https://a.example/b/\n", "utf-8")
    known = addresses(path)
    assert known["repository"] == repository.rstrip("/")
    assert known["site"] == "https://a.example/b"
    whole = f"https://mybinder.org/v2/{binder}/HEAD?urlpath=lab/tree/book"
    assert known["binder"] == (whole if binder else "")
    assert works(path)[0].address == repository
    assert f'<a href="{known["site"]}">' in whereabouts(known, "")


def test_what_is_not_known_is_said_to_be_nowhere_yet(made):
    nowhere = addresses(made)
    assert set(nowhere.values()) == {""}
    assert whereabouts(nowhere, "").count("none yet") == 4
    assert "<a" not in whereabouts(nowhere, "")
    assert "https://doi.org/10.1/x" in whereabouts(nowhere, "10.1/x")


# CITATION.cff itself, against the Citation File Format 1.2.0


#: The keys that the format's schema has at its root, and those of what stands under it.
KEYS = {
    name: set(keys.split())
    for name, keys in yaml.safe_load((HERE / "format.yml").read_text(encoding="utf-8")).items()
}


@pytest.fixture(scope="module")
def cff(root):
    return yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))


def test_cff_has_what_the_format_requires(cff):
    assert cff["cff-version"] == "1.2.0"
    for key in ("message", "title"):
        assert isinstance(cff[key], str)
        assert cff[key].strip()
    assert isinstance(cff["authors"], list)
    assert cff["authors"]
    assert set(cff) <= KEYS["root"]
    assert cff["type"] == "software"


def test_cff_states_a_version_a_day_and_the_licence_of_the_software(cff):
    assert isinstance(cff["version"], str | int | float)
    released = str(cff["date-released"])
    assert datetime.date.fromisoformat(released).isoformat() == released
    assert cff["license"] == "MIT", "one licence; a list would mean either of them"
    for name in ("LICENSE-text", "LICENSE-data", "CC BY 4.0"):
        assert name in cff["abstract"]
    assert len(set(cff["keywords"])) == len(cff["keywords"]) > 0
    assert all(isinstance(word, str) for word in cff["keywords"])


def test_cff_names_authors_and_references_as_the_format_has_them(cff):
    (about,) = cff["references"]
    assert {"type", "title", "authors"} <= set(about) <= KEYS["reference"]
    assert about["type"] == "article"
    assert re.fullmatch(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+", about["doi"])
    for author in cff["authors"] + about["authors"]:
        assert set(author) <= (KEYS["entity"] if "name" in author else KEYS["person"])


def test_the_package_is_by_an_entity_and_independent_of_the_article_authors(cff):
    assert all(set(author) == {"name"} for author in cff["authors"])
    assert "independent of the article's authors" in " ".join(cff["abstract"].split())
    people = {author["family-names"] for author in cff["references"][0]["authors"]}
    assert people == {"Boev", "Zotov", "Vasilenko"}


def test_one_version_everywhere(cff, root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert str(cff["version"]) == project["version"] == analysis.__version__


def test_the_real_package_is_cited_by_what_its_file_says(cff):
    package, _ = works()
    assert apa(package).startswith(
        f"{cff['authors'][0]['name']}. ({str(cff['date-released'])[:4]}). {cff['title']} "
        f"(Version {cff['version']}) [Computer software]."
    )


# What else says the same of the package


def test_the_deposit_says_what_the_citation_file_says(cff, root):
    deposit = json.loads((root / ".zenodo.json").read_text(encoding="utf-8"))
    assert deposit["title"] == cff["title"]
    assert deposit["description"] == " ".join(cff["abstract"].split())
    assert deposit["creators"] == cff["authors"]
    assert deposit["keywords"] == cff["keywords"]
    assert deposit["license"] == cff["license"]
    article = cff["references"][0]
    assert deposit["related_identifiers"] == [
        {
            "identifier": article["doi"],
            "scheme": "doi",
            "relation": "references",
            "resource_type": "publication-article",
        }
    ]
    assert "version" not in deposit, "the release states it"


def test_each_release_has_its_section_of_the_changelog(cff, root):
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.*)$", text, re.M)
    latest = f"[{cff['version']}] - {cff['date-released']}"
    assert heads[heads[0] == "[Unreleased]"] == latest
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", h) for h in heads[1:])
    assert len(set(heads)) == len(heads)


def test_a_check_of_the_code_finds_what_it_computes(cff, root, site):
    text = (root / "codecheck.yml").read_text(encoding="utf-8")
    assert text.startswith("---\n")
    manifest = yaml.safe_load(text)
    assert manifest["version"] == "https://codecheck.org.uk/spec/config/1.0/"
    assert not {"codechecker", "certificate", "report"} & set(manifest), "who checks adds these"
    paper = manifest["paper"]
    assert paper["title"] == cff["title"]
    assert paper["authors"] == cff["authors"]
    assert paper.get("reference", "") == works()[0].address
    assert cff["references"][0]["doi"] in manifest["source"]
    for entry in manifest["manifest"]:
        assert entry["comment"].strip()
        assert (root / entry["file"]).stat().st_size > 0, entry["file"]
    assert (root / "_build" / "html") == site


def test_what_a_panel_says_is_no_entry_of_its_own_and_no_command():
    said = r"A } , note = {x} \input{/etc/passwd} $a_1$ <b>"
    work = panel_work(Meta(said, authors=(said,), doi=f"10.1/{said}"))
    (entry,) = parse_string(bibtex(work), "bibtex").entries.values()
    assert {*entry.fields, *entry.persons} == {"author", "title", "year", "doi"}
    assert "\\input{" not in bibtex(work)
    assert len(ris(work).splitlines()) == 6
    assert "<b>" not in cite("panel", work)
