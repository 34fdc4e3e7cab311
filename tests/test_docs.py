"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []
    paths = re.findall(r"(?<![\w/])((?:arena|tests|benchmarks|examples|docs)/[\w/]+\.(?:py|md))", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_evidence_names_tests_that_exist() -> None:
    commands = re.findall(r"`pytest ([^`]+)`", (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8"))
    names = {word for command in commands for word in re.findall(r"-k \"?([\w ]+)", command)}
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    defined = " ".join(re.findall(r"def (test_\w+)", tests))
    words = {word for name in names for word in re.split(r" or | and |not ", name) if word.strip()}
    assert [word for word in sorted(words) if word.strip() not in defined] == []
