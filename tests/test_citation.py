"""Citations of the package and of the article, letter by letter."""

import datetime
import re
import tomllib

import pytest
import yaml
from pybtex.database import parse_string

import analysis
from analysis.citation import Work, apa, bibtex, ris, works

CFF = """cff-version: 1.2.0
message: Please cite it.
title: "A study package: its title"
type: software
authors:
  - name: "Contributors to the package"
version: 1.2.0
date-released: 2027-03-01
references:
  - type: article
    title: "An article: its title"
    authors:
      - family-names: Boev
        given-names: "E. I."
      - family-names: Zotov
        given-names: "V. V."
    year: 2023
    journal: "A Journal"
    volume: 6
    issue: 1
    start: 4
    end: 12
    doi: "10.1234/abc-1"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("cff") / "CITATION.cff"
    path.write_text(CFF, encoding="utf-8")
    return path


# The works, as the file states them


def test_works_are_read_from_the_file(made):
    package, article = works(made, commit="0123456789ab")
    assert package == Work(
        key="expert-reflection-study",
        kind="software",
        authors=(("Contributors to the package", ""),),
        title="A study package: its title",
        year=2027,
        version="1.2.0",
        commit="0123456789ab",
    )
    assert article == Work(
        key="boev2023",
        kind="article",
        authors=(("Boev", "E. I."), ("Zotov", "V. V.")),
        title="An article: its title",
        year=2023,
        journal="A Journal",
        volume="6",
        issue="1",
        pages=("4", "12"),
        doi="10.1234/abc-1",
    )


def test_the_package(made):
    package, _ = works(made)
    assert apa(package) == (
        "Contributors to the package. (2027). *A study package: its title* "
        "(Version 1.2.0) [Computer software]."
    )
    assert bibtex(package) == (
        "@software{expert-reflection-study,\n"
        "  author = {{Contributors to the package}},\n"
        "  title = {{A study package: its title}},\n"
        "  year = {2027},\n"
        "  version = {1.2.0},\n"
        "  note = {Version 1.2.0}\n"
        "}\n"
    )
    assert ris(package) == (
        "TY  - COMP\n"
        "AU  - Contributors to the package\n"
        "TI  - A study package: its title\n"
        "PY  - 2027\n"
        "ET  - Version 1.2.0\n"
        "ER  - \n"
    )


def test_the_package_with_its_commit_and_a_doi(made):
    made_with_doi = made.with_name("doi.cff")
    made_with_doi.write_text(CFF + "doi: 10.5281/zenodo.1\n", encoding="utf-8")
    package, _ = works(made_with_doi, commit="0123456789ab+changes")
    assert apa(package) == (
        "Contributors to the package. (2027). *A study package: its title* "
        "(Version 1.2.0, commit 0123456789ab+changes) [Computer software]. "
        "https://doi.org/10.5281/zenodo.1"
    )
    assert bibtex(package).endswith(
        "  version = {1.2.0},\n"
        "  note = {Version 1.2.0, commit 0123456789ab+changes},\n"
        "  doi = {10.5281/zenodo.1}\n"
        "}\n"
    )
    assert ris(package).endswith(
        "ET  - Version 1.2.0, commit 0123456789ab+changes\nDO  - 10.5281/zenodo.1\nER  - \n"
    )


def test_the_article_in_apa():
    _, article = works()
    assert apa(article) == (
        "Boev, E. I., Zotov, V. V., & Vasilenko, L. A. (2023). Digitalization of public "
        "administration: expert reflection on problems and challenges. *Digital Sociology*, "
        "*6*(1), 4–12. https://doi.org/10.26425/2658-347X-2023-6-1-4-12"
    )


def test_the_article_in_bibtex():
    _, article = works()
    assert bibtex(article) == (
        "@article{boev2023,\n"
        "  author = {Boev, E. I. and Zotov, V. V. and Vasilenko, L. A.},\n"
        "  title = {{Digitalization of public administration: expert reflection on problems "
        "and challenges}},\n"
        "  year = {2023},\n"
        "  journal = {Digital Sociology},\n"
        "  volume = {6},\n"
        "  number = {1},\n"
        "  pages = {4--12},\n"
        "  doi = {10.26425/2658-347X-2023-6-1-4-12}\n"
        "}\n"
    )


def test_the_article_in_ris():
    _, article = works()
    assert ris(article) == (
        "TY  - JOUR\n"
        "AU  - Boev, E. I.\n"
        "AU  - Zotov, V. V.\n"
        "AU  - Vasilenko, L. A.\n"
        "TI  - Digitalization of public administration: expert reflection on problems and "
        "challenges\n"
        "PY  - 2023\n"
        "JO  - Digital Sociology\n"
        "VL  - 6\n"
        "IS  - 1\n"
        "SP  - 4\n"
        "EP  - 12\n"
        "DO  - 10.26425/2658-347X-2023-6-1-4-12\n"
        "ER  - \n"
    )


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ((("Boev", "E. I."),), "Boev, E. I. (2023)."),
        ((("Boev", "E. I."), ("Zotov", "V. V.")), "Boev, E. I., & Zotov, V. V. (2023)."),
        ((("Boev", "E. I."), ("A Group", "")), "Boev, E. I., & A Group. (2023)."),
    ],
)
def test_authors_in_apa_end_with_one_full_stop(authors, expected):
    work = Work("k", "article", authors, "T", 2023, journal="J", volume="6", issue="1")
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
    assert entry.fields["year"] == str(work.year)
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
    work = Work("k", "software", (("Friends of A and B, Ltd", ""), ("Boev", "E. I.")), "T", 2026)
    assert "  author = {{Friends of A and B, Ltd} and Boev, E. I.},\n" in bibtex(work)
    people = parse_string(bibtex(work), "bibtex").entries["k"].persons["author"]
    assert [p.last_names for p in people] == [["{Friends of A and B, Ltd}"], ["Boev"]]


@pytest.mark.parametrize("number", [0, 1])
def test_every_line_of_ris_is_a_tag_and_its_value(number):
    lines = ris(works()[number]).splitlines()
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    assert lines[0].startswith("TY  - ")
    assert [line for line in lines if line.startswith("ER")] == ["ER  - "] == lines[-1:]


# CITATION.cff itself, against the Citation File Format 1.2.0


def words(text):
    return set(text.split())


#: The keys that the format's schema has at its root, and those of a reference that are used here.
ROOT_KEYS = words(
    "abstract authors cff-version commit contact date-released doi identifiers keywords license "
    "license-url message preferred-citation references repository repository-artifact "
    "repository-code title type url version"
)
REFERENCE_KEYS = words(
    "abstract authors collection-title date-published doi end issn issue journal keywords "
    "languages month notes pages publisher start title type url volume year"
)
PERSON_KEYS = words(
    "address affiliation alias city country email family-names fax given-names name-particle "
    "name-suffix orcid post-code region tel website"
)
ENTITY_KEYS = words(
    "address alias city country date-end date-start email fax location name orcid post-code "
    "region tel website"
)


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
    assert set(cff) <= ROOT_KEYS
    assert cff["type"] == "software"


def test_cff_states_a_version_a_day_and_licences(cff):
    assert isinstance(cff["version"], str | int | float)
    released = str(cff["date-released"])
    assert datetime.date.fromisoformat(released).isoformat() == released
    assert cff["license"] == ["MIT", "CC-BY-4.0"]
    assert len(set(cff["keywords"])) == len(cff["keywords"]) > 0
    assert all(isinstance(word, str) for word in cff["keywords"])


def test_cff_names_authors_and_references_as_the_format_has_them(cff):
    (about,) = cff["references"]
    assert {"type", "title", "authors"} <= set(about) <= REFERENCE_KEYS
    assert about["type"] == "article"
    assert re.fullmatch(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+", about["doi"])
    for author in cff["authors"] + about["authors"]:
        assert set(author) <= (ENTITY_KEYS if "name" in author else PERSON_KEYS)


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
    assert apa(package) == (
        f"{cff['authors'][0]['name']}. ({str(cff['date-released'])[:4]}). *{cff['title']}* "
        f"(Version {cff['version']}) [Computer software]."
        + (f" https://doi.org/{cff['doi']}" if "doi" in cff else "")
    )
