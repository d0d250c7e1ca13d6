"""The grade: limits, interval, worse lung, and what is said beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundglass.analysis.grade import PICTURE_RULES, grade, grade_notices, stage
from groundglass.analysis.grading_rules import (
    AMBIGUITIES,
    DEFAULT,
    LIMITS_TO_HIGHER,
    PROFILES,
    README_2020,
    WORSE_LUNG,
    GradingRules,
    Limit,
    ambiguities,
    profile,
)
from groundglass.analysis.result import GRADES, Grade, InvolvementSection, LesionsSection, ZonesSection
from groundglass.errors import InternalError, UsageError
from groundglass.phrases import LANGUAGES, Notice, say, say_notice

PERCENTS = st.floats(0, 100, allow_nan=False)


def involved(
    percent: float,
    interval: tuple[float, float] | None = None,
    worse: float | None = None,
    least_zone: float | None = None,
) -> InvolvementSection:
    worse = percent if worse is None else worse
    zone = percent if least_zone is None else least_zone
    zones = ZonesSection(zone, percent, percent, percent, percent, percent)
    return InvolvementSection(percent, interval or (percent, percent), worse, percent, worse, zones)


def lesions(ground_glass_ml: float, consolidation_ml: float) -> LesionsSection:
    return LesionsSection(ground_glass_ml + consolidation_ml, ground_glass_ml, consolidation_ml, 0.0)


def codes(notices: tuple[Notice, ...]) -> list[str]:
    return [notice.code for notice in notices]


@pytest.mark.parametrize(
    ("percent", "wanted"),
    [
        (0.0, "CT-0"),
        (0.2999, "CT-0"),
        (0.3, "CT-1"),
        (24.999, "CT-1"),
        (25.0, "CT-1"),
        (25.001, "CT-2"),
        (50.0, "CT-2"),
        (50.001, "CT-3"),
        (74.999, "CT-3"),
        (75.0, "CT-4"),
        (100.0, "CT-4"),
    ],
)
def test_default_rules_put_every_boundary_where_the_table_says(percent: float, wanted: Grade) -> None:
    section = grade(involved(percent))
    assert section.value == wanted
    assert section.interval == (wanted, wanted)
    assert section.stable is True


@pytest.mark.parametrize(
    ("rules", "at_25", "at_50", "at_75"),
    [
        (DEFAULT, "CT-1", "CT-2", "CT-4"),
        (README_2020, "CT-1", "CT-2", "CT-3"),
        (LIMITS_TO_HIGHER, "CT-2", "CT-3", "CT-4"),
        (WORSE_LUNG, "CT-1", "CT-2", "CT-4"),
    ],
)
def test_each_profile_settles_the_shared_limits_its_own_way(
    rules: GradingRules, at_25: Grade, at_50: Grade, at_75: Grade
) -> None:
    assert [rules.grade_of(percent) for percent in (25.0, 50.0, 75.0)] == [at_25, at_50, at_75]


def test_every_result_names_profile_version_denominator_and_limits() -> None:
    for rules in PROFILES.values():
        stated = grade(involved(10.0), rules).rules
        assert rules.name in stated
        assert f"version {rules.version}" in stated
        assert rules.denominator.replace("_", " ") in stated
        assert all(f"{limit.percent:g} %" in stated for limit in rules.limits)


def test_grade_is_unstable_when_the_interval_crosses_a_limit() -> None:
    section = grade(involved(24.0, (21.0, 26.5)))
    assert section.value == "CT-1"
    assert section.interval == ("CT-1", "CT-2")
    assert section.stable is False
    assert "grade_unstable" in codes(grade_notices(section, involved(24.0, (21.0, 26.5)), None))


def test_interval_that_touches_the_lower_side_of_a_limit_is_stable() -> None:
    assert grade(involved(24.0, (21.0, 25.0))).stable is True


def test_interval_may_span_more_than_two_grades() -> None:
    assert grade(involved(40.0, (20.0, 76.0))).interval == ("CT-1", "CT-4")


def test_interval_is_widened_to_hold_its_own_figure() -> None:
    assert grade(involved(26.0, (20.0, 24.0))).interval == ("CT-1", "CT-2")


def test_both_denominators_are_always_printed() -> None:
    section = grade(involved(20.0, worse=38.0))
    assert (section.value, section.by_worse_lung) == ("CT-1", "CT-2")
    assert "grade_worse_lung_differs" in codes(grade_notices(section, involved(20.0, worse=38.0), None))


def test_worse_lung_rules_grade_the_worse_lung_and_stretch_the_interval() -> None:
    section = grade(involved(20.0, (18.0, 27.0), worse=40.0), WORSE_LUNG)
    assert (section.value, section.interval, section.by_worse_lung) == ("CT-2", ("CT-2", "CT-3"), "CT-2")


def test_worse_lung_rules_give_no_grade_where_sides_are_unknown() -> None:
    unknown = replace(involved(20.0), right_percent=None, left_percent=None, worse_lung_percent=None)
    assert grade(unknown, WORSE_LUNG).value is None
    assert grade(unknown).value == "CT-1"
    assert grade(unknown).by_worse_lung is None


def test_healthy_lungs_are_graded_by_the_worse_lung_without_dividing_by_zero() -> None:
    assert grade(involved(0.0, (0.0, 0.2)), WORSE_LUNG).value == "CT-0"


def test_part_of_a_chest_is_never_graded() -> None:
    for section in (grade(involved(30.0), coverage="partial"), grade(None)):
        assert (section.value, section.interval, section.stable, section.by_worse_lung) == (None, None, None, None)
        assert section.rules
    assert codes(grade_notices(grade(None), None, None)) == ["grade_withheld"]


@pytest.mark.parametrize("percent", [float("nan"), float("inf"), -1.0, 100.1])
def test_impossible_percentage_is_our_own_defect(percent: float) -> None:
    with pytest.raises(InternalError, match="cannot be graded") as caught:
        grade(involved(percent))
    assert caught.value.code == "IMPLAUSIBLE_FIGURE"


def test_interval_that_runs_backwards_is_our_own_defect() -> None:
    with pytest.raises(InternalError, match="runs backwards"):
        grade(involved(20.0, (30.0, 10.0)))


@given(PERCENTS, PERCENTS, st.sampled_from(sorted(PROFILES)))
def test_more_involvement_never_lowers_the_grade(one: float, other: float, name: str) -> None:
    low, high = sorted((one, other))
    rules = PROFILES[name]
    assert stage(rules.grade_of(low)) <= stage(rules.grade_of(high))


@given(PERCENTS, PERCENTS, PERCENTS)
def test_grade_lies_within_its_interval(percent: float, one: float, other: float) -> None:
    section = grade(involved(percent, (min(one, other), max(one, other))))
    assert section.value is not None
    assert section.interval is not None
    low, high = (stage(end) for end in section.interval)
    assert low <= stage(section.value) <= high
    assert section.stable == (low == high)


@given(PERCENTS)
def test_profiles_differ_only_exactly_at_a_limit(percent: float) -> None:
    if percent not in (25.0, 50.0, 75.0):
        assert len({rules.grade_of(percent) for rules in PROFILES.values()}) == 1


def test_ct_0_is_never_worded_as_normal() -> None:
    section = grade(involved(0.1))
    notices = grade_notices(section, involved(0.1), lesions(5.0, 0.0))
    assert codes(notices) == ["grade_zero_is_not_normal", "grade_below_least_share"]
    for notice in notices:
        assert "normal" not in say_notice(notice, "en").lower()
        assert "норм" not in say_notice(notice, "ru").lower()
    for language in LANGUAGES:
        assert "норм" not in say("grade_name_ct_0", language).lower()
        assert "normal" not in say("grade_name_ct_0", language).lower()


@pytest.mark.parametrize(
    ("percent", "parts", "wanted"),
    [
        (10.0, (80.0, 20.0), "picture_consolidation_in_milder_grade"),
        (40.0, (80.0, 20.0), "picture_consolidation_in_milder_grade"),
        (60.0, (2000.0, 5.0), "picture_no_consolidation_in_graver_grade"),
        (80.0, (2000.0, 5.0), "picture_no_consolidation_in_graver_grade"),
    ],
)
def test_picture_that_contradicts_the_percentage_is_reported(
    percent: float, parts: tuple[float, float], wanted: str
) -> None:
    section = grade(involved(percent))
    assert wanted in codes(grade_notices(section, involved(percent), lesions(*parts)))


def test_picture_that_goes_with_the_percentage_is_not_remarked_upon() -> None:
    assert grade_notices(grade(involved(10.0)), involved(10.0), lesions(400.0, 4.0)) == ()
    severe = grade_notices(grade(involved(60.0)), involved(60.0), lesions(1500.0, 900.0))
    assert codes(severe) == ["picture_signs_not_assessed"]


def test_specks_of_consolidation_contradict_no_mild_grade() -> None:
    assert grade_notices(grade(involved(0.5)), involved(0.5), lesions(8.0, 1.9)) == ()


def test_critical_percentage_with_a_spared_zone_is_not_diffuse() -> None:
    figures = involved(78.0, least_zone=1.0)
    assert "picture_not_diffuse" in codes(grade_notices(grade(figures), figures, lesions(2000.0, 1500.0)))


def test_every_ambiguity_is_said_for_every_profile_in_both_languages() -> None:
    for rules in PROFILES.values():
        notices = ambiguities(rules)
        assert len(notices) == len(AMBIGUITIES)
        for notice in notices:
            assert all(len(say_notice(notice, language)) > 20 for language in LANGUAGES)


def test_ambiguity_words_name_the_grade_that_the_profile_gives() -> None:
    words = {rules.name: [say_notice(notice) for notice in ambiguities(rules)] for rules in PROFILES.values()}
    assert any("25 % belongs both" in line and "CT-1." in line[-6:] for line in words["paper-2020-default"])
    assert any("25 % belongs both" in line and "CT-2." in line[-6:] for line in words["paper-2020-limits-to-higher"])
    assert any("exactly 75 % is CT-4" in line for line in words["paper-2020-default"])
    assert any("exactly 75 % is CT-3" in line for line in words["readme-2020"])


def test_every_number_of_the_rules_has_a_source() -> None:
    for rules in PROFILES.values():
        assert rules.source
        assert all(len(limit.source) > 15 for limit in rules.limits)
    assert all(row.source for row in AMBIGUITIES)
    assert all("Table 2" in rule.source for rule in PICTURE_RULES)


def test_every_grade_has_a_name_in_both_languages() -> None:
    for value in GRADES:
        assert say(f"grade_name_ct_{stage(value)}", "en").startswith(value)
        assert say(f"grade_name_ct_{stage(value)}", "ru").startswith(value.replace("CT", "КТ"))


def test_profile_is_found_by_name_and_a_wrong_name_lists_what_there_is() -> None:
    assert profile("readme-2020") is README_2020
    with pytest.raises(UsageError, match="paper-2020-default") as caught:
        profile("paper-2021")
    assert caught.value.code == "UNKNOWN_GRADING_RULES"


def test_rules_whose_limits_do_not_rise_are_refused() -> None:
    falling: tuple[Limit, Limit, Limit, Limit] = (
        DEFAULT.limits[0],
        DEFAULT.limits[1],
        replace(DEFAULT.limits[2], percent=20.0),
        DEFAULT.limits[3],
    )
    with pytest.raises(ValueError, match="must rise"):
        replace(DEFAULT, limits=falling)
