"""Phrases: choosing among series, batches, the summary on the command line."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "series_not_readable": Phrase(
        "The series of rank {number} could not be read ({code}); another series was taken.",
        "Серию № {number} по порядку выбора прочитать не удалось ({code}); взята другая серия.",
    ),
    "series_replaced": Phrase(
        "The series of first choice shows less of the chest; the series of rank {number} was taken.",
        "Серия первого выбора охватывает грудную клетку не полностью; взята серия № {number} по порядку выбора.",
    ),
}

add(PHRASES)
