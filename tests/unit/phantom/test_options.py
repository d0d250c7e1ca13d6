import pytest

from groundglass.errors import InputError
from groundglass.phantom.options import INVOLVEMENT_OF_GRADE, PhantomOptions
from groundglass.phantom.truth import grade_of


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("slices", 1, "2 to 1200"),
        ("rows", 4096, "64 to 1024"),
        ("spacing_mm", 0.0, "0.3 to 20 mm"),
        ("spacing_mm", float("nan"), "0.3 to 20 mm"),
        ("noise_hu", -1.0, "0 to 200 HU"),
        ("involvement", 101.0, "0 to 92 percent"),
        ("effusion_ml", float("inf"), "0 to 1500 ml"),
        ("breath", 1.5, "0 to 1"),
        ("seed", -1, "0 to"),
        ("variant", "both", "train, test"),
        ("grade", "CT-5", "CT-0, CT-1"),
        ("position", "HFDR", "HFS, HFP"),
        ("size", None, "small, medium, large"),
        ("padding_hu", 0, "-32768 to -1000"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_name_and_the_accepted_form(
    name: str, value: object, accepted: str
) -> None:
    with pytest.raises(InputError) as caught:
        PhantomOptions.small(**{name: value})
    assert caught.value.code == "PHANTOM_OPTION"
    assert name in str(caught.value)
    assert accepted in str(caught.value)


def test_more_than_a_machine_can_hold_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(InputError, match="at most 429 slices of 1024 rows"):
        PhantomOptions(slices=1200, rows=1024, spacing_mm=0.5)
    with pytest.raises(InputError, match="span at most 2000 mm, not 12000 mm"):
        PhantomOptions(slices=600, spacing_mm=20.0)


def test_four_hundred_slices_lie_as_far_apart_as_the_protocol_says() -> None:
    assert PhantomOptions().increment_mm == pytest.approx(0.8)
    assert PhantomOptions(slices=100).increment_mm == pytest.approx(3.2)
    assert PhantomOptions(slices=100, spacing_mm=1.0).increment_mm == 1.0


def test_every_involvement_drawn_for_a_grade_has_that_grade() -> None:
    for grade, ends in INVOLVEMENT_OF_GRADE.items():
        assert {grade_of(percent) for percent in ends} == {grade}


def test_the_limits_of_the_grades_belong_where_the_stated_rules_put_them() -> None:
    assert [grade_of(p) for p in (0.0, 25.0, 25.1, 50.0, 50.1, 74.9, 75.0)] == [
        *("CT-0", "CT-1", "CT-2", "CT-2", "CT-3", "CT-3", "CT-4")
    ]
