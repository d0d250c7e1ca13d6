"""Statistics hold for any members: nothing is lost, JSON comes back, tables and counts agree."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from groundglass.datasets.members import Member
from groundglass.datasets.statistics import Statistics, statistics_of, tables_of

_TEXT = st.none() | st.text(max_size=8)
_NUMBER = st.none() | st.floats(min_value=0, max_value=1e6, allow_nan=False)
_MEMBERS = st.lists(
    st.builds(
        Member,
        study_id=st.text(min_size=1, max_size=6),
        patient_id=st.none() | st.sampled_from(("a", "b", "c")),
        split=st.none() | st.sampled_from(("train", "test", "fold-1", "odd")),
        grade=st.none() | st.sampled_from(("CT-0", "CT-1", "CT-4", "CT-9")),
        reads=st.lists(st.sampled_from(("CT-0", "CT-1", "CT-4", "?")), max_size=3).map(tuple),
        sex=st.none() | st.sampled_from(("M", "F", "O", "x")),
        age_years=st.none() | st.integers(min_value=0, max_value=120),
        manufacturer=_TEXT,
        model=_TEXT,
        kernel=_TEXT,
        kvp=_NUMBER,
        slices=st.none() | st.integers(min_value=0, max_value=3000),
        spacing_slice_mm=_NUMBER,
        lesion_ml=_NUMBER,
        mask_file=_TEXT,
        mask_source=st.none() | st.sampled_from(("people", "analysis")),
        involvement_percent=_NUMBER,
        pattern=_TEXT,
        localisation=st.lists(st.sampled_from(("right_upper", "left_lower", "both", "odd", "")), max_size=3).map(tuple),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(_MEMBERS)
def test_known_and_unknown_add_up_to_all_studies_and_json_comes_back(members: list[Member]) -> None:
    found = statistics_of(members)
    assert found.studies == len(members)
    counted: list[Any] = [*found.categories.values(), *found.measures.values(), found.localisation]
    assert {each.known_studies + each.unknown_studies for each in counted} == {len(members)}
    for category in found.categories.values():
        assert sum(share.studies for share in category.values) == category.known_studies
    for spread in found.measures.values():
        if spread.histogram is not None:
            bins = sum(spread.histogram.studies) + spread.histogram.below + spread.histogram.above
            assert bins == spread.known_studies
    assert sum(part.studies for part in found.parts) in (0, len(members))
    assert sum(decade.studies for decade in found.decades) == found.measures["age_years"].known_studies
    assert Statistics.from_json(json.loads(json.dumps(found.to_json()))) == found
    for language in ("en", "ru"):
        for _, header, rows in tables_of(found, language):
            assert {len(row) for row in rows} <= {len(header)}


@settings(max_examples=20, deadline=None)
@given(_MEMBERS, st.randoms(use_true_random=False))
def test_the_order_of_the_studies_does_not_matter(members: list[Member], draw: Any) -> None:
    shuffled = list(members)
    draw.shuffle(shuffled)
    mine, other = statistics_of(members).to_json(), statistics_of(shuffled).to_json()
    for each in (mine, other):
        each.pop("agreement")  # its intervals draw patients by their place
    assert mine == other
