"""Reconstruction kernels by vendor: for soft tissue, lung or bone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

KernelKind = Literal["soft", "lung", "bone", "unknown"]


@dataclass(frozen=True, slots=True)
class KernelRule:
    """A vendor's habit: names that fit the pattern are kernels of this kind."""

    vendor: str
    pattern: re.Pattern[str]
    kind: KernelKind
    source: str


def _rule(vendor: str, pattern: str, kind: KernelKind, source: str) -> KernelRule:
    return KernelRule(vendor, re.compile(pattern, re.IGNORECASE), kind, source)


KERNELS: tuple[KernelRule, ...] = (
    _rule("TOSHIBA|CANON", r"^FC0[0-9]|^FC1[0-9]|^FC4[0-4]", "soft", "Aquilion: FC01-FC19 body, FC41-FC44 head"),
    _rule("TOSHIBA|CANON", r"^FC5[0-9]|^FC8[0-9]", "lung", "Aquilion: FC50-FC56 lung, FC81-FC86 high-resolution lung"),
    _rule("TOSHIBA|CANON", r"^FC[23][0-9]", "bone", "Aquilion: FC20-FC28 head, FC30-FC35 bone and inner ear"),
    _rule("TOSHIBA|CANON", r"BODY|STANDARD|SOFT", "soft", "AiCE and generic names"),
    _rule("TOSHIBA|CANON", r"LUNG", "lung", "AiCE and generic names"),
    _rule(
        "SIEMENS",
        r"^[BDHIU][A-Z]?(5[1-9]|6\d)|^[BI][7-8]\d",
        "lung",
        "SOMATOM: B/D/I/Br/Bl 51-69, B/I 70-80 high resolution",
    ),
    _rule("SIEMENS", r"^[BDHIUTVC][A-Z]?(7|8|9)\d", "bone", "SOMATOM: 70-99 ultra high resolution, bone"),
    _rule(
        "SIEMENS", r"^[BDIHJTQV][A-Z]?[1-4]\d|^[BDIH][A-Z]?50", "soft", "SOMATOM: B/D/I/Br/Qr 10-50 smooth to medium"
    ),
    _rule("GE", r"LUNG|CHST|\bHD ?LUNG", "lung", "LightSpeed, Revolution: LUNG; CHST is read as lung and chest"),
    _rule("GE", r"BONE|EDGE|ULTRA|DETAIL", "bone", "LightSpeed: DETAIL, BONE, EDGE in growing sharpness"),
    _rule("GE", r"STANDARD|STND|SOFT|\bSTD\b", "soft", "LightSpeed: STANDARD, SOFT"),
    _rule(
        "PHILIPS", r"^(YA|YB|YC|YD|L|LUNG|E)$|^Y-?(SHARP|DETAIL)", "lung", "Brilliance, iCT: YA-YD, L, E sharp for lung"
    ),
    _rule(
        "PHILIPS",
        r"^(A|B|C|SA|SB|UA|UB|UC|CA|CB|STANDARD|SMOOTH|SOFT)$|^(XC[ABC])$",
        "soft",
        "Brilliance, iCT: A-C body, UA-UC head, CA-CB heart",
    ),
    _rule("PHILIPS", r"^(D|CC|CD|XCD|UD|EB|EC)$", "bone", "Brilliance, iCT: D, EB, EC bone"),
    _rule("UIH|UNITED", r"LUNG|^B_SHARP|SHARP", "lung", "uCT: B_SHARP"),
    _rule("UIH|UNITED", r"SOFT|BODY|STANDARD", "soft", "uCT: B_SOFT"),
    _rule("HITACHI", r"^(3[1-3]|2[0-9]|SOFT)$", "soft", "Scenaria: 20-33 body"),
    _rule("", r"LUNG|ЛЕГК|ЛЁГК", "lung", "generic"),
    _rule("", r"BONE|КОСТ", "bone", "generic"),
    _rule("", r"SOFT|STANDARD|STND|BODY|SMOOTH|МЯГК", "soft", "generic"),
    _rule("", r"^FC(0|1)\d", "soft", "Toshiba's names where the manufacturer was removed"),
    _rule("", r"^FC[58]\d", "lung", "Toshiba's names where the manufacturer was removed"),
    _rule("", r"^(B|BR|D|I|QR)[1-4]\d", "soft", "Siemens' names where the manufacturer was removed"),
    _rule("", r"^(B|BR|BL|D|I)[56]\d", "lung", "Siemens' names where the manufacturer was removed"),
)
"""Read from top to bottom. Names fit for research only: vendors publish no complete list, these are from conformance
statements, published protocols and headers seen."""


def kernel_kind(kernel: str, manufacturer: str, description: str = "") -> KernelKind:
    """Return what a kernel is for.

    Parameters
    ----------
    kernel : str
        ConvolutionKernel; further values (Siemens' strength of iteration) separated by blanks.
    manufacturer : str
        As in the header, may be empty.
    description : str
        SeriesDescription, asked only where the kernel says nothing.
    """
    name = kernel.strip()
    for text in (name, description) if not name else (name,):
        for rule in KERNELS:
            known_vendor = rule.vendor and re.search(rule.vendor, manufacturer, re.IGNORECASE)
            if (known_vendor or not rule.vendor) and text and rule.pattern.search(text):
                return rule.kind
    for rule in KERNELS:
        if not rule.vendor and description and rule.pattern.search(description):
            return rule.kind
    return "unknown"
