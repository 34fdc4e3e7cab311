"""Speech acts read out of free text by models, and conduct with them counted."""

from arena.judging.extraction.counting import Read, results_read, summary_read, tally_extracted, verdicts
from arena.judging.extraction.extend import extended, in_full, readings
from arena.judging.extraction.planted import planted, suits
from arena.judging.extraction.question import Extraction, asked
from arena.judging.extraction.readers import ReaderQuality, measured, reader_qualities

__all__ = [
    "Extraction",
    "Read",
    "ReaderQuality",
    "asked",
    "extended",
    "in_full",
    "measured",
    "planted",
    "reader_qualities",
    "readings",
    "results_read",
    "suits",
    "summary_read",
    "tally_extracted",
    "verdicts",
]
