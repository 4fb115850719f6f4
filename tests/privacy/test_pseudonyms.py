import csv
import os
import stat

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.privacy import pseudonyms
from analysis.privacy.pseudonyms import Entry, PrivacyError, Replacer, pseudonymise, read_key

NAMED = "петров иванов сидоров kuznets кузнецов petrov ivanov sidorov anna анн 916 mail.ru"


def run(panel, **options):
    given = {"names": panel.parent / "names.txt", "into": None, "dry_run": False, "force": False}
    return pseudonymise(panel, panel.parent / "key.csv", **(given | options))


def tree(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_nobody_is_left_in_text_ids_or_names_of_files(panel):
    run(panel)
    everything = "\n".join(f"{n}\n{c.decode()}" for n, c in tree(panel).items()).lower()
    assert [word for word in NAMED.split() if word in everything.replace("text_en", "")] == []
    assert (panel / "Чат с e01.txt").read_text("utf-8") == "[e01], [e01], [e01]"


def test_what_stands_in_place(panel):
    run(panel)
    said = {row[0]: row[1:] for row in rows(panel / "statements.csv")}
    assert said["s1"] == ["zoom_e01_2021", "1", "e03", "[e01] не нужно, [phone]", "", "[e01]"]
    assert said["s2"][3:5] == ["[e03], я с [e03]", "Ask [e03]"]
    assert said["s3"][3:5] == ["О [person 1]; [account]", "[person 1]'s"]
    assert said["s4"][3] == "У [moderator] вера в ГОСТ 123-45-67"
    assert rows(panel / "experts.csv")[1] == ["e01", "zoom_e01_2021", "k", "true"]
    assert rows(panel / "codings.csv")[1] == ["s1", "e03", "c1", "raises"]
    assert rows(panel / "codebook.csv")[1][3:] == ["Позиция [e01]", "Как у [e03]", "со слов [e01]"]
    text = (panel / "panel.yml").read_text("utf-8")
    assert text.startswith("# собрано [e03]\nid: demo\n")
    meta = yaml.safe_load(text)
    assert meta["title"] == "Беседы с [e03]"
    assert meta["statement"] == "Говорили [e01] и другие, пишите на [e-mail]\n"
    assert (meta["coders"], meta["licence"]) == (["ada", "e03"], "https://example.org/licence")


def test_the_key_names_everybody_and_the_log_nobody(panel):
    entries, lines = run(panel)
    key = panel.parent / "key.csv"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert read_key(key) == entries
    found = {entry.original: (entry.replacement, entry.kind, n) for entry, n in entries.items()}
    assert found["Анна Петрова"] == ("[e03]", "speaker", 10)
    assert found["iPhone"] == ("[e02]", "speaker", 0)
    assert found["Мария Сидорова"] == ("[person 1]", "listed", 2)
    assert found["Аня"] == ("[e03]", "listed", 0)
    assert found["8 916 123-45-67"] == ("[phone]", "phone", 1)
    assert "Петрова" not in found  # a speaker's surname is no further person
    assert "statements.csv, text: 5 names" in lines
    assert "- statements.csv, text: 1 phone" in (panel / pseudonyms.LOG).read_text("utf-8")


def test_twice_is_once(panel):
    run(panel)
    once, key = tree(panel), (panel.parent / "key.csv").read_bytes()
    run(panel)
    assert (tree(panel), (panel.parent / "key.csv").read_bytes()) == (once, key)


def test_a_later_run_extends_the_key_and_keeps_to_it(panel):
    run(panel)
    (panel.parent / "more.txt").write_text("Олег Мельник\nМария Сидорова\n", "utf-8")
    (panel / "memos.csv").write_text("memo_id,text\nm1,Мельнику и Сидоровой от Иванова\n", "utf-8")
    entries, _ = run(panel, names=panel.parent / "more.txt")
    assert rows(panel / "memos.csv")[1] == ["m1", "[person 2] и [person 1] от [e01]"]
    assert entries[Entry("Мария Сидорова", "[person 1]", "listed")] == 3
    entries, _ = run(panel, force=True)
    assert Entry("Олег Мельник", "[person 2]", "listed") not in entries


def test_a_dry_run_changes_nothing(panel):
    before = tree(panel.parent)
    entries, _ = run(panel, dry_run=True)
    assert tree(panel.parent) == before
    assert entries[Entry("Мария Сидорова", "[person 1]", "listed")] == 2


def test_a_copy_leaves_the_panel(panel):
    before = tree(panel)
    run(panel, into=panel.parent / "other")
    assert tree(panel) == before
    assert "Чат с e01.txt" in tree(panel.parent / "other")
    with pytest.raises(PrivacyError, match="expected a new folder"):
        run(panel, into=panel.parent / "other")


@pytest.mark.parametrize("place", ["panel/key.csv", "panel/keys/key.csv", "git/keys/key.csv"])
def test_a_key_that_could_be_published_is_refused(panel, place):
    key = panel.parent / place
    key.parent.mkdir(parents=True, exist_ok=True)
    if "git" in place:
        (panel.parent / "git" / ".git").write_text("gitdir: elsewhere")
    before = tree(panel)
    with pytest.raises(PrivacyError, match="the key names people"):
        pseudonymise(panel, key, None, None, False, False)
    assert tree(panel) == before


def test_another_file_is_no_key_and_stays(panel):
    (panel.parent / "key.csv").write_text("a,b\n1,2\n")
    with pytest.raises(PrivacyError, match="expected the columns original"):
        run(panel)
    assert (panel.parent / "key.csv").read_text() == "a,b\n1,2\n"


def test_a_run_that_is_stopped_leaves_the_panel_whole(panel, monkeypatch):
    before, rename, calls = tree(panel), os.rename, []

    def stopped(old, new):
        calls.append(new)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(old, new)

    monkeypatch.setattr(os, "rename", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(panel)
    assert tree(panel) == before
    assert sorted(p.name for p in panel.parent.iterdir()) == [
        "key.csv", "names.txt", "panel", "panel-speakers.csv"]  # fmt: skip


def test_ids_that_would_become_one_are_refused(panel):
    (panel / "sessions.csv").write_text("session_id\nzoom_e01_2021\n")
    with pytest.raises(PrivacyError, match="session_id: two ids would become zoom_e01_2021"):
        run(panel)


def test_files_as_excel_saves_them_and_rows_that_are_not_sound(panel):
    text = "memo_id;date;text\nm1;2021;Ивановым\nm2;2021\nm3;2021;о;Ивановой\n"
    (panel / "memos.csv").write_bytes(text.encode("cp1251"))
    run(panel)
    assert (panel / "memos.csv").read_text("utf-8").splitlines()[1:] == [
        "m1;2021;[e01]", "m2;2021", "m3;2021;о;[e01]"]  # fmt: skip


def test_yaml_of_every_style_keeps_its_form(panel):
    text = (
        "# Иванов 😀\nid: demo\ntitle: 😀 Иванов 😀\nrules: |\n  Иванову\n  нет\n\n"
        "list:\n- 'у Иванова'\n"
        '- "Иванов: \\"да\\""\n- plain # Иванов\nflow: {a: Иванов, b: [ivanov, Нет]}\n'
    )
    (panel / "panel.yml").write_text(text, "utf-8")
    run(panel)
    new = (panel / "panel.yml").read_text("utf-8")
    assert yaml.safe_load(new) == {
        "id": "demo",
        "title": "😀 [e01] 😀",
        "rules": "[e01]\nнет\n",
        "list": ["у [e01]", '[e01]: "да"', "plain"],
        "flow": {"a": "[e01]", "b": ["e01", "Нет"]},
    }
    assert new.startswith("# [e01] 😀\nid: demo\n")
    assert "- plain # [e01]\n" in new


def test_two_speakers_of_one_name_are_both_meant(panel):
    with (panel.parent / "panel-speakers.csv").open("a", encoding="utf-8") as file:
        file.write("анна петрова,e07,\n\nОлег\n")
    entries, _ = run(panel)
    assert rows(panel / "guide.csv")[1][3] == "[e03 or e07]?"
    assert Entry("Олег", "[person 1]", "speaker") in entries


def test_a_replacement_that_names_somebody_is_refused(panel):
    (panel.parent / "names.txt").write_text("Мария Сидорова,мэр Петров", "utf-8")
    with pytest.raises(PrivacyError, match=r"\[мэр Петров\] names somebody itself"):
        run(panel)


def test_what_is_no_text_is_told(panel):
    (panel / "sound.wav").write_bytes(b"RIFF")
    (panel / "link.txt").symlink_to(panel.parent / "names.txt")
    _, lines = run(panel)
    assert lines[-2:] == ["link.txt: not searched", "sound.wav: not searched"]
    assert (panel / "link.txt").is_symlink()
    (panel.parent / "panel-speakers.csv").unlink()
    assert any("there is no panel-speakers.csv" in line for line in run(panel)[1])


def test_broken_yaml_and_a_folder_without_a_panel_are_told(panel, tmp_path):
    (panel / "panel.yml").write_text('title: "Анна')
    with pytest.raises(PrivacyError, match=r"panel.yml: expected valid YAML"):
        run(panel)
    with pytest.raises(PrivacyError, match="expected the folder of a panel"):
        pseudonymise(tmp_path, tmp_path / "key.csv", None, None, False, False)


PEOPLE = [
    Entry("Анна Петрова", "[e03]", "speaker"),
    Entry("Олег Петров", "[e04]", "speaker"),
    Entry("Мария Сидорова", "[person 1]", "listed"),
    Entry("John Smith", "[глава района]", "listed"),
]
REPLACER = Replacer(PEOPLE)
PIECES = [
    "Анна ", "Петровой", "петров", "Сидорову", "Мария", "J. Smith", "[e03]", "[", "]", " or ", "e",
    "Анной-", " 8 916 123-45-67", "ivan@mail.ru", "Сергеевна", "И. ", "\u00ad", "ё", "\n", ", ",
]  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_any_text_twice_is_once(text):
    once = REPLACER.text(text)
    assert REPLACER.text(once) == once


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="абвгдежя ,.[]()\n-\"'%&<>ёй", max_size=80))
def test_text_without_names_and_contacts_is_unchanged(text):
    assert REPLACER.text(text) == text


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(["Анна Петрова", "Сидоровой", "Smith", "Петровым", "раз"])))
def test_each_name_has_one_replacement(words):
    expected = {"Анна Петрова": "[e03]", "Сидоровой": "[person 1]", "Smith": "[глава района]",
                "Петровым": "[e04]", "раз": "раз"}  # fmt: skip
    assert REPLACER.text("; ".join(words)) == "; ".join(expected[word] for word in words)


def test_one_of_two_is_not_guessed():
    assert REPLACER.text("Петрова пришла") == "[e03 or e04] пришла"
