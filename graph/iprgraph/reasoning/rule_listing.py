"""Rules as documents: in words, and as the SPARQL that runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iprgraph.reasoning.rule import Rule
from iprgraph.reasoning.sparql_plan import plan, told
from iprgraph.reasoning.verbalise import plain, sentence


def in_words(rules: Iterable[Rule]) -> str:
    """List rules, one a line: the standard's name, what it says, and premises and conclusion."""
    lines = []
    for rule in rules:
        parts = rule.parts or (rule,)
        names = ", ".join(part.name for part in parts)
        words = " ".join(sentence(part, "en", plain) for part in parts)
        lines.append(f"{names}\t{words}\t{told(rule)}\n")
    return "".join(lines)


def as_sparql(rules: Iterable[Rule]) -> str:
    """Print the plan of a set of rules: updates in the order they run, then tests, each with its purpose."""
    return "\n".join(_parts(rules))


def _parts(rules: Iterable[Rule]) -> Iterator[str]:
    steps = plan(rules)
    for title, part in (
        ("Run once, in this order", steps.once),
        (
            "Run again and again, as long as the question before is answered with yes",
            steps.repeated,
        ),
        ("Run at the end, where the question before is answered with yes", steps.tidying),
    ):
        yield f"# == {title}\n"
        for step in part:
            asked = f"{step.when}\n\n" if step.when else ""
            yield f"# {step.name}: {step.purpose}\n{asked}{step.update}\n"
    yield "# == Contradictions: each row is one\n"
    for test in steps.tests:
        yield f"# {test.name}: {test.purpose}\n{test.query}\n"
