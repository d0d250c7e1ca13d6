"""Profiles: what a file means, and that no slip of the pen or hostile file weakens what is done."""

from __future__ import annotations

import os
import time
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword

from groundglass.deidentify.actions import Action
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profiles import load_profile, method_codes
from groundglass.errors import ERROR_CODES, InputError

SAFE = 'options = ["clean-descriptors"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(folder: Path, text: str | bytes) -> Profile:
    path = folder / "mine.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_profile(path)


def refused(folder: Path, text: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    error = caught.value
    assert error.code in ERROR_CODES
    assert error.what
    assert error.where
    assert error.todo
    assert len(error.line()) < 2_000
    return error


def test_no_file_means_the_default_profile() -> None:
    assert load_profile(None) == Profile()


def test_an_empty_file_and_the_file_of_defaults_mean_the_default_too(folder: Path) -> None:
    assert load(folder, "") == Profile()
    text = files("groundglass.deidentify").joinpath("default.toml").read_text(encoding="utf-8")
    assert load(folder, text) == Profile()
    assert load(folder, b"\xef\xbb\xbf" + text.encode()) == Profile()


def test_every_key_of_a_profile_stands_in_the_file_of_defaults() -> None:
    text = files("groundglass.deidentify").joinpath("default.toml").read_text(encoding="utf-8")
    assert {"name", "options", "words", "patient", "device", "dates", "pixels"} == set(tomllib.loads(text))
    assert "# [[override]]" in text
    assert "# [[private]]" in text


def test_a_full_profile_is_read(folder: Path) -> None:
    profile = load(
        folder,
        """
name = "trial 7"
options = ["clean-descriptors", "retain-modified-dates", "retain-patient-characteristics", "retain-device-identity",
    "retain-safe-private"]
words = ["Protokoll", "LUNGE"]
[patient]
keep = ["PatientSex", "SmokingStatus"]
oldest_years = 85
[device]
keep = ["all"]
[dates]
smallest_days = 30
largest_days = 60
[pixels]
captures = "blank"
read = "all"
[[private]]
creator = "EXAMPLE 01"
group = "0019"
element = "2f"
[[override]]
attribute = "ProtocolName"
action = "remove"
[[override]]
attribute = "(0018,1160)"
action = "keep"
allow = true
reason = "filter type has no words"
""",
    )
    assert profile.name == "trial 7"
    assert profile.words == {"protokoll", "lunge"}
    assert profile.patient == ("PatientSex", "SmokingStatus")
    assert profile.oldest_years == 85
    assert profile.device == ("all",)
    assert profile.days == (30, 60)
    assert (profile.pixels.captures, profile.pixels.read, profile.pixels.images) == ("blank", "all", "blank")
    assert profile.private == {("EXAMPLE 01", 0x0019, 0x2F)}
    assert profile.overrides == {
        tag_for_keyword("ProtocolName"): Action.REMOVE,
        tag_for_keyword("FilterType"): Action.KEEP,
    }
    assert profile.reasons == {tag_for_keyword("FilterType"): "filter type has no words"}


def test_what_an_option_keeps_is_empty_without_the_option(folder: Path) -> None:
    assert load(folder, SAFE).patient == ()


def test_the_codes_of_the_methods_follow_the_options(folder: Path) -> None:
    codes = [value for value, _, _ in method_codes(Profile())]
    assert codes == ["113100", "113101", "113103", "113104", "113105", "113107", "113108"]
    everything = load(
        folder,
        'options = ["retain-uids", "retain-safe-private", "retain-device-identity"]\n[device]\nkeep = ["all"]\n',
    )
    assert [value for value, _, _ in method_codes(everything)] == ["113100", "113109", "113110", "113111"]
    unread = load(folder, '[pixels]\nread = "none"\n')
    assert "113101" not in [value for value, _, _ in method_codes(unread)]
    assert all(scheme == "DCM" and len(meaning) <= 64 for _, scheme, meaning in method_codes(Profile()))


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("= nonsense", "PROFILE_UNREADABLE", "no TOML"),
        ("name = 'a'\nname = 'b'", "PROFILE_UNREADABLE", "overwrite"),
        (b"\xff\xfe\x00name", "PROFILE_UNREADABLE", "UTF-8"),
        (b"name = 'a\x00b'", "PROFILE_UNREADABLE", "no TOML"),
        (b"DICM" + bytes(range(256)) * 8, "PROFILE_UNREADABLE", ""),
        ("#" + "x" * 300_000, "PROFILE_UNREADABLE", "larger"),
        ("words = " + "[" * 5_000 + "]" * 5_000, "PROFILE_UNREADABLE", ""),
        ("a" + ".a" * 5_000 + " = 1", "PROFILE_KEY", "'a'"),
        ("[dates]\nsmallest_days = " + "9" * 5_000, "PROFILE_UNREADABLE", ""),
        ("[dates]\nsmallest_days = " + "9" * 4_000, "PROFILE_VALUE", "huge"),
        ("optoins = []", "PROFILE_KEY", "'optoins'"),
        ("[patient]\nkepe = []", "PROFILE_KEY", "'kepe'"),
        ("[Patient]\nkeep = []", "PROFILE_KEY", "'Patient'"),
        ("patient = 3", "PROFILE_VALUE", "a table"),
        ("[[patient]]\nkeep = []", "PROFILE_VALUE", "a table"),
        ("name = 3", "PROFILE_VALUE", "a string"),
        ('name = ""', "PROFILE_VALUE", "words"),
        ('name = "a\\nb"', "PROFILE_VALUE", "words"),
        ('name = "' + "n" * 300 + '"', "PROFILE_VALUE", "words"),
        ('options = "clean-graphics"', "PROFILE_VALUE", "a list"),
        ("options = [1]", "PROFILE_VALUE", "a string"),
        ('options = ["clean-graphics", "clean-graphics"]', "PROFILE_VALUE", "once"),
        ('options = ["clean-everything"]', "PROFILE_OPTION", "clean-everything"),
        ('options = ["retain-full-dates"]', "PROFILE_OPTION", "not offered"),
        ('options = ["retain-institution-identity"]', "PROFILE_OPTION", "not offered"),
        ('options = ["clean-recognizable-visual-features"]', "PROFILE_OPTION", "not offered"),
        ('[patient]\nkeep = ["PatientName"]', "PROFILE_ATTRIBUTE", "PatientName"),
        ('[patient]\nkeep = ["Rows"]', "PROFILE_ATTRIBUTE", "Rows"),
        ('[patient]\nkeep = ["all", "PatientAge"]', "PROFILE_CONFLICT", "all"),
        ("[patient]\nkeep = []", "PROFILE_CONFLICT", "names nothing"),
        ('options = []\n[patient]\nkeep = ["PatientAge"]', "PROFILE_CONFLICT", "retain-patient"),
        ('[device]\nkeep = ["StationName"]', "PROFILE_CONFLICT", "retain-device"),
        ('options = ["retain-device-identity"]', "PROFILE_CONFLICT", "names nothing"),
        ("options = []\n[dates]\nsmallest_days = 3", "PROFILE_CONFLICT", "retain-modified-dates"),
        ("[dates]\nsmallest_days = 0", "PROFILE_VALUE", "range"),
        ("[dates]\nsmallest_days = -5", "PROFILE_VALUE", "range"),
        ("[dates]\nlargest_days = 10000000", "PROFILE_VALUE", "range"),
        ("[dates]\nsmallest_days = true", "PROFILE_VALUE", "whole number"),
        ("[dates]\nsmallest_days = 1.5", "PROFILE_VALUE", "whole number"),
        ("[dates]\nsmallest_days = nan", "PROFILE_VALUE", "whole number"),
        ('[dates]\nsmallest_days = "30"', "PROFILE_VALUE", "whole number"),
        ("[dates]\nsmallest_days = 2020-01-01", "PROFILE_VALUE", "whole number"),
        ("[dates]\nsmallest_days = 60\nlargest_days = 30", "PROFILE_CONFLICT", "above"),
        ("[dates]\nsmallest_days = 5000", "PROFILE_CONFLICT", "above"),
        ("[patient]\noldest_years = 300", "PROFILE_VALUE", "range"),
        ('[pixels]\ncaptures = "keep"', "PROFILE_VALUE", "drop, blank"),
        ('[pixels]\ndocuments = "keep"', "PROFILE_VALUE", "drop"),
        ("[pixels]\nread = []", "PROFILE_VALUE", "a string"),
        ("private = 1", "PROFILE_VALUE", "list of tables"),
        ("private = [1]", "PROFILE_VALUE", "list of tables"),
        ('[[private]]\ncreator = "A"\ngroup = "0019"\nelement = "01"', "PROFILE_CONFLICT", "retain-safe-private"),
        ('options = ["retain-safe-private"]\n[[private]]\ncreator = "A"', "PROFILE_KEY", "group"),
        (
            'options = ["retain-safe-private"]\n[[private]]\ncreator = "A\\\\B"\ngroup = "0019"\nelement = "01"',
            "PROFILE_VALUE",
            "creator",
        ),
        (
            'options = ["retain-safe-private"]\n[[private]]\ncreator = "A"\ngroup = "0018"\nelement = "01"',
            "PROFILE_VALUE",
            "odd",
        ),
        (
            'options = ["retain-safe-private"]\n[[private]]\ncreator = "A"\ngroup = 25\nelement = "01"',
            "PROFILE_VALUE",
            "hexadecimal",
        ),
        (
            'options = ["retain-safe-private"]\n[[private]]\ncreator = "A"\ngroup = "0019"\nelement = "1001"',
            "PROFILE_VALUE",
            "hexadecimal",
        ),
        ('[[override]]\nattribute = "ProtocolName"', "PROFILE_KEY", "action"),
        ('[[override]]\nattribute = "ProtocolNmae"\naction = "remove"', "PROFILE_ATTRIBUTE", "ProtocolNmae"),
        ('[[override]]\nattribute = "0018,9999"\naction = "remove"', "PROFILE_ATTRIBUTE", "0018,9999"),
        ('[[override]]\nattribute = "0019,1010"\naction = "keep"', "PROFILE_ATTRIBUTE", "private"),
        ('[[override]]\nattribute = "PatientName"\naction = "keep"', "PROFILE_ATTRIBUTE", "PatientName"),
        (
            '[[override]]\nattribute = "PatientBirthDate"\naction = "keep"\nallow = true\nreason = "asked"',
            "PROFILE_ATTRIBUTE",
            "never",
        ),
        (
            '[[override]]\nattribute = "ReviewerName"\naction = "keep"\nallow = true\nreason = "asked"',
            "PROFILE_ATTRIBUTE",
            "never",
        ),
        ('[[override]]\nattribute = "PixelData"\naction = "remove"', "PROFILE_ATTRIBUTE", "changed"),
        ('[[override]]\nattribute = "0002,0010"\naction = "remove"', "PROFILE_ATTRIBUTE", "changed"),
        ('[[override]]\nattribute = "ProtocolName"\naction = "explode"', "PROFILE_VALUE", "explode"),
        ('[[override]]\nattribute = "ProtocolName"\naction = "uid"', "PROFILE_VALUE", "LO"),
        ('[[override]]\nattribute = "StationName"\naction = "keep"', "PROFILE_WEAKENS", "StationName"),
        ('[[override]]\nattribute = "StationName"\naction = "keep"\nallow = true', "PROFILE_WEAKENS", "reason"),
        (
            '[[override]]\nattribute = "StationName"\naction = "keep"\nallow = 1\nreason = "x"',
            "PROFILE_VALUE",
            "true or false",
        ),
        (
            '[[override]]\nattribute = "StationName"\naction = "keep"\nallow = true\nreason = ""',
            "PROFILE_VALUE",
            "words",
        ),
        (
            '[[override]]\nattribute = "ProtocolName"\naction = "remove"\n'
            '[[override]]\nattribute = "0018,1030"\naction = "empty"',
            "PROFILE_CONFLICT",
            "twice",
        ),
    ],
)
def test_a_wrong_profile_ends_in_an_error_that_names_it(folder: Path, text: str | bytes, code: str, words: str) -> None:
    error = refused(folder, text)
    assert error.code == code, error
    assert words in str(error)


def test_an_error_names_the_line_and_the_key(folder: Path) -> None:
    assert "line 4, dates.largest_days" in refused(folder, "\n[dates]\n# days\nlargest_days = 0\n").where
    text = '[[override]]\nattribute = "Rowz"\naction = "keep"\n'
    first = '[[override]]\nattribute = "ProtocolName"\naction = "remove"\n\n'
    assert "line 6, override.attribute" in refused(folder, first + text).where


def test_a_long_profile_is_read_at_once(folder: Path) -> None:
    words = ",\n".join(f'"word{number}"' for number in range(9_000))
    start = time.perf_counter()
    assert len(load(folder, f"words = [\n{words}\n]\n").words) == 9_000
    entries = "".join(f'[[override]]\nattribute = "0018,{number:04x}"\naction = "remove"\n' for number in range(4_000))
    assert refused(folder, entries).code == "PROFILE_ATTRIBUTE"
    private = "".join(
        f'[[private]]\ncreator = "A"\ngroup = "{2 * number + 0x1001:04x}"\nelement = "01"\n' for number in range(4_000)
    )
    assert len(load(folder, 'options = ["retain-safe-private"]\n' + private).private) == 4_000
    assert time.perf_counter() - start < 5.0


def test_a_path_that_is_no_file_is_named(folder: Path) -> None:
    loop = folder / "loop.toml"
    loop.symlink_to(loop)
    pipe = folder / "pipe.toml"
    os.mkfifo(pipe)
    for path in (folder / "missing.toml", folder, loop, pipe, Path("a\0b.toml"), folder / ("n" * 300), Path()):
        with pytest.raises(InputError) as caught:
            load_profile(path)
        assert caught.value.code == "PROFILE_UNREADABLE"
        assert "\0" not in caught.value.line()


def test_a_stricter_override_needs_no_reason(folder: Path) -> None:
    profile = load(folder, '[[override]]\nattribute = "SeriesDescription"\naction = "empty"\n')
    assert list(profile.overrides.values()) == [Action.EMPTY]


TOML = st.recursive(
    st.sampled_from(['"all"', "1", "true", "-7", "1.5", '"x"', "[]", "{}", "1979-05-27", '"clean-graphics"', '"drop"']),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
    max_leaves=5,
)
KEYS = st.sampled_from(
    [
        "name",
        "options",
        "words",
        "patient.keep",
        "patient",
        "device.keep",
        "dates.smallest_days",
        "dates",
        "pixels.read",
        "pixels.captures",
        "private",
        "override",
        "patient.oldest_years",
        "x",
    ]
)


@given(lines=st.lists(st.tuples(KEYS, TOML), max_size=4), noise=st.binary(max_size=8))
def test_any_file_is_a_profile_or_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], noise: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes("\n".join(f"{key} = {value}" for key, value in lines).encode() + noise)
    profile, code = Profile(), "PROFILE_"
    try:
        profile = load_profile(path)
    except InputError as error:
        code = error.code
    assert code.startswith("PROFILE_")
    assert profile.days[0] <= profile.days[1]
