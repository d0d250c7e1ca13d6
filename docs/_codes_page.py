"""The page of every code that leaves in an object, made from the table of codes."""

from __future__ import annotations

from _markdown import table


def codes_page() -> str:
    """Return the codes of standards, then ours."""
    from groundglass.codes import CODES, PRIVATE_SCHEME, PRIVATE_SCHEME_NAME, PRIVATE_SCHEME_UID
    from groundglass.phrases.sr import MEANINGS_RU

    def rows(private: bool) -> list[tuple[str, ...]]:
        return [
            (
                f"`{entry.value}`",
                *(() if private else (entry.scheme,)),
                entry.meaning,
                MEANINGS_RU.get(name, ""),
                *(() if private else (entry.source,)),
            )
            for name, entry in sorted(CODES.items(), key=lambda pair: (pair[1].scheme, pair[1].value))
            if (entry.scheme == PRIVATE_SCHEME) is private
        ]

    return f"""# Codes

What the objects call a number, a region or a finding. A code is its value and its scheme; the meaning is for people,
and a Russian structured report has the Russian one (PS3.3 section 8.3: machines never read it).

## Codes of standards

SCT is SNOMED CT, DCM the codes of DICOM itself (PS3.16 annex D), LN is LOINC. "PS3.16" is the DICOM Content Mapping
Resource; CID and TID are its context groups and templates.

{table(["code", "scheme", "meaning", "in Russian", "source"], rows(False))}

## Codes of our own

For what none of those has. Scheme `{PRIVATE_SCHEME}`, UID `{PRIVATE_SCHEME_UID}`,
"{PRIVATE_SCHEME_NAME}": objects that use it name it so (PS3.3 C.12.1.1.5). A value once given keeps its meaning.

{table(["code", "meaning", "in Russian"], rows(True))}
"""
