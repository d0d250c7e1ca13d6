"""The page of the defects of results, made from their table."""

from __future__ import annotations

from _markdown import table


def defects_page() -> str:
    """Return every code with its meaning, and how grave each profile takes it."""
    from groundglass.conformance.codes import DEFECTS
    from groundglass.dicom.profiles import PROFILES, profile

    profiles = [profile(name) for name in PROFILES]
    grave = {p.name: p.checks.get("severity", {}) for p in profiles}
    rows = [
        (f"`{d.code}`", d.meaning, *(grave[p.name].get(d.code, d.severity) for p in profiles), d.source)
        for d in DEFECTS.values()
    ]
    sources = "\n".join(f"* `{p.name}`: {p.title}. {p.source} ({p.date})." for p in profiles)
    return f"""# Defects of results

What [`groundglass check-result`](../how-to/check-result.md) can find. An error makes exit code 3; a warning or a
remark does not. Single findings may be milder than their code where the evidence is weaker.

{table(["code", "meaning", *(p.name for p in profiles), "source"], rows)}

Profiles:

{sources}
"""
