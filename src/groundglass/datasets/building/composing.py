"""Behind the last study: who is in the set, what must be told, and what the key holder must be able to find again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from groundglass.datasets.building.job import Job, LeftOut, Remark
from groundglass.datasets.building.naming import patient_id, sites
from groundglass.datasets.building.tasks import StudyDone, StudyTask
from groundglass.datasets.candidates import Candidate
from groundglass.datasets.funnel import Funnel, step
from groundglass.datasets.members import Member
from groundglass.datasets.recipe import Recipe
from groundglass.datasets.selection import Graded, settle
from groundglass.deidentify.project import Project
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

DATASET_EMPTY = declare("DATASET_EMPTY", "No study is left for the data set; the funnel says where they fell out.")
DATASET_COLUMN_TELLS = declare(
    "DATASET_COLUMN_TELLS", "A column that is to be published holds what names patients, or dates."
)
DATASET_STUDIES_FAILED = declare(
    "DATASET_STUDIES_FAILED", "The work on some studies failed, so nothing is published; the others are kept."
)


def require_done(tasks: Mapping[str, StudyTask], done: Mapping[str, StudyDone]) -> None:
    """Refuse to publish when the work on a study failed for reasons that are not the study's own.

    Raises
    ------
    InputError
        ``DATASET_STUDIES_FAILED``, ``DATASET_COLUMN_TELLS``.
    """
    telling = Counter(name for each in done.values() for name in each.telling)
    if telling:
        named = ", ".join(f"{name} in {count} studies" for name, count in sorted(telling.items()))
        raise InputError(
            DATASET_COLUMN_TELLS,
            what=f"columns to be published hold names, numbers, organisations or dates of patients ({named})",
            where="publish.columns",
            todo="leave them out, or clean the table",
        )
    failures = [(key, each) for key, each in done.items() if each.outcome == "failed"]
    missing = [key for key in tasks if key not in done]
    if not failures and not missing:
        return
    codes = Counter(each.code for _, each in failures) + Counter({"NOT_RUN": len(missing)})
    labels = [tasks[key].label for key, _ in failures][:8]
    raise InputError(
        DATASET_STUDIES_FAILED,
        what=f"{len(failures) + len(missing)} of {len(tasks)} studies failed ("
        + ", ".join(f"{code} x {count}" for code, count in sorted(codes.items()))
        + f"): {', '.join(labels)}",
        where="the build",
        todo="run it again, with more memory or time if need be, or leave them out by selection.exclude",
        traceback=next((each.trace for _, each in failures if each.trace), ""),
    )


def members_of(job: Job, done: Mapping[str, StudyDone], funnel: Funnel) -> tuple[list[Member], Funnel]:
    """Return the studies of the set, and the funnel with those that fell out on the way.

    Parameters
    ----------
    job : Job
        The build.
    done : mapping of str to StudyDone
        By ``study_key``.
    funnel : Funnel
        Of the selection.

    Returns
    -------
    members : list of Member
        Without ``study_id``, ``split`` and names of files.
    funnel : Funnel
        With ``converted`` where studies could not be done, and the rules that had to wait for a grade.
    """
    recipe, of, keys = job.recipe, job.of, job.project.keys
    name, publish = recipe.about.name, recipe.publish
    steps = list(funnel.steps)
    before = [of[key].patient for key in of]
    written = {key: each for key, each in done.items() if each.outcome == "written"}
    reasons = Counter(each.code for each in done.values() if each.outcome == "left-out")
    if reasons:
        steps.append(step("converted", before, [of[key].patient for key in of if key in written], reasons=reasons))
    organisations = {key: of[key].organisation for key in of if key in written}
    numbered_sites = sites(organisations, keys, name, job.choice.previous) if publish.site else {}
    members: dict[str, Member] = {}
    for key, each in of.items():
        if key not in written:
            continue
        facts = dict(written[key].facts)
        if each.grade and recipe.analysis.grade != "always":
            facts |= {"grade": each.grade, "grade_source": "table"}
        if each.pattern:
            facts["pattern"] = each.pattern
        if each.localisation:
            facts["localisation"] = each.localisation
        if publish.reads:
            facts["reads"] = each.reads
        if not publish.scanner:
            facts |= {"manufacturer": None, "model": None}
        if publish.age == "decades" and facts.get("age_years") is not None:
            facts["age_years"] = facts["age_years"] // 10 * 10
        members[key] = Member(
            study_id="",
            study_key=key,
            patient_id=patient_id(keys, name, each.patient),
            site=numbered_sites.get(key),
            extra={new: each.columns.get(old, "") for old, new in publish.columns.items()},
            **facts,
        )
    graded = [Graded(of[key].key, of[key].patient, member.grade or "") for key, member in members.items()]
    kept, waited = settle(graded, recipe, keys=keys)
    steps += waited
    return [member for key, member in members.items() if of[key].key in kept], Funnel(tuple(steps))


def remarks_of(job: Job, done: Mapping[str, StudyDone]) -> tuple[Remark, ...]:
    """Return what studies carry that somebody must look at."""
    labels: dict[str, list[str]] = {}
    examples: dict[str, Notice] = {}
    for key, each in sorted(done.items()):
        for notice in each.remarks:
            labels.setdefault(notice.code, []).append(job.tasks[key].label)
            examples.setdefault(notice.code, notice)
    return tuple(Remark(examples[code], tuple(sorted(names))) for code, names in sorted(labels.items()))


def left_out_of(job: Job, done: Mapping[str, StudyDone]) -> tuple[LeftOut, ...]:
    """Return the studies that could not be done, behind those that could not be used."""
    gone = [
        LeftOut(job.tasks[key].label, each.code, each.message)
        for key, each in done.items()
        if each.outcome == "left-out"
    ]
    return (*job.choice.left_out, *sorted(gone, key=lambda each: each.label))


def remember(project: Project, recipe: Recipe, members: Iterable[Member], of: Mapping[str, Candidate]) -> None:
    """Write down who is who, for whoever must find a patient again."""
    patients: dict[str, dict[str, object]] = {}
    names: dict[str, dict[str, None]] = {}
    studies = []
    for member in members:
        each = of[str(member.study_key)]
        named = [f"{kind}: {text}" for kind, text in (("id", each.patient_id), ("accession", each.accession)) if text]
        row = patients.setdefault(
            str(member.patient_id), {"patient": f"{recipe.about.name}\0{each.patient}", "pseudonym": member.patient_id}
        )
        own = names.setdefault(str(member.patient_id), {})
        own.update(dict.fromkeys(named))
        row["names"] = list(own)
        studies.append(
            {
                "patient": row["patient"],
                "pseudonym": member.patient_id,
                "study_uid": each.study_uid,
                "study_out": member.study_key,
                "series_uid": each.series_uid,
                "dataset": f"{recipe.about.name}-{recipe.about.version}",
                "study_id": member.study_id,
            }
        )
    project.append(patients.values(), table="patients")
    project.append(studies, table="studies")


def empty(funnel: Funnel) -> InputError:
    """Return the error of a set without studies, which says where they fell out."""
    rows = ", ".join(
        f"{each.code} -{each.studies_out}" + "".join(f" {code} {count}" for code, count in sorted(each.reasons.items()))
        for each in funnel.steps
        if each.studies_out
    )
    found = funnel.steps[0].studies_left if funnel.steps else 0
    return InputError(
        DATASET_EMPTY,
        what=f"none of {found} studies is left ({rows or 'nothing was found'})",
        where="selection",
        todo="look at the limits of the recipe",
    )
