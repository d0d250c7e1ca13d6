"""A build that is killed goes on, ends with the bytes it would have made, and shows nothing before."""

from __future__ import annotations

from pathlib import Path

from made_builds import digests, few_dummies, kill_when, kitchen

NAME = "dummies-1.0.0"


def test_a_build_killed_again_and_again_ends_with_the_bytes_of_an_undisturbed_one(tmp_path: Path) -> None:
    tree = few_dummies(tmp_path / "tree", CT_0=10, CT_1=24, CT_2=6)
    calm = kitchen(tree, tmp_path / "calm")
    calm.cook()
    place = kitchen(tree, tmp_path / "place", key_of=calm.project)
    work = place.out / f".{NAME}.building"

    def studies_done() -> int:
        return len(list(work.glob("work/*/done.json")))

    for wanted in (3, 15):
        kill_when(place, lambda wanted=wanted: studies_done() >= wanted)  # type: ignore[misc]  # bound for the loop
        assert [path.name for path in place.out.iterdir()] == [work.name]
    kill_when(place, lambda: any((work / "set").glob("*/*")))
    assert [path.name for path in place.out.iterdir()] == [work.name]

    built = place.cook(processes=2)
    assert built.resumed == 40
    assert [path.name for path in place.out.iterdir()] == [NAME]
    assert digests(place.version) == digests(calm.version)


def test_what_an_earlier_run_left_damaged_is_done_again(tmp_path: Path) -> None:
    tree = few_dummies(tmp_path / "tree")
    calm = kitchen(tree, tmp_path / "calm")
    calm.cook()
    place = kitchen(tree, tmp_path / "place", key_of=calm.project)
    work = place.out / f".{NAME}.building" / "work"
    kill_when(place, lambda: len(list(work.glob("*/done.json"))) >= 2)
    done = sorted(work.glob("*/done.json"))
    picture = done[0].parent / "study.nii.gz"
    picture.write_bytes(picture.read_bytes()[:-9])
    done[1].write_text("{", encoding="utf-8")
    (work / "Sforeign").mkdir()
    built = place.cook()
    assert built.resumed <= 2
    assert digests(place.version) == digests(calm.version)
