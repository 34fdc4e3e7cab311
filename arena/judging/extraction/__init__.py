"""Speech acts read out of free text by models, and conduct with them counted."""

from arena.judging.extraction.counting import Read, results_read, summary_read, tally_extracted, verdicts
from arena.judging.extraction.extend import extended, in_full, readings
from arena.judging.extraction.planted import Quality, measured, planted, quality, suits
from arena.judging.extraction.question import Extraction, asked

__all__ = [
    "Extraction",
    "Quality",
    "Read",
    "asked",
    "extended",
    "in_full",
    "measured",
    "planted",
    "quality",
    "readings",
    "results_read",
    "suits",
    "summary_read",
    "tally_extracted",
    "verdicts",
]
