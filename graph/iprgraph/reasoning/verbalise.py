"""Rules as text: in words for people who know no OWL, and as the SPARQL that runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import pyoxigraph as ox

from iprgraph.errors import Text
from iprgraph.namespaces import OWL, RDF, shorten
from iprgraph.reasoning.axioms import Triple, is_anonymous
from iprgraph.reasoning.rule import Clash, Rule, rule_text
from iprgraph.reasoning.sparql_plan import plan

#: Returns the name of a term in a language.
TermName = Callable[[object, str], str]

#: Rule -> its sentence. {s} and {o} are the subject and object of its first axiom, {o1} and {o2} the
#: objects of the others, {list} the items of its list; other names are variables of the rule.
SENTENCES: dict[str, tuple[str, str]] = {
    "cax-sco": ("Every {s} is also a {o}.", "每个{s}也都是{o}。"),
    "cax-eqc1": ("{s} and {o} are the same class.", "{s}与{o}是同一类。"),
    "cax-eqc2": ("{s} and {o} are the same class.", "{s}与{o}是同一类。"),
    "cax-dw": ("Nothing is both a {s} and a {o}.", "任何事物都不能既是{s}又是{o}。"),
    "cax-adc": ("Nothing is two of these at once: {list}.", "任何事物都不能同属其中两类：{list}。"),
    "cls-com": ("Nothing is both a {s} and a {o}, for one is all that the other is not.", "任何事物都不能既是{s}又是{o}，因为两者互为补集。"),
    "cls-nothing2": ("Nothing belongs to the empty class.", "空类没有任何成员。"),
    "cls-int1": ("Whatever is all of these is a {s}: {list}.", "同时属于下列各类的事物就是{s}：{list}。"),
    "cls-int2": ("Every {s} is each of these: {list}.", "每个{s}都同时属于：{list}。"),
    "cls-uni": ("Whatever is one of these is a {s}: {list}.", "属于下列任一类的事物就是{s}：{list}。"),
    "cls-oo": ("These are {s}: {list}.", "下列事物都是{s}：{list}。"),
    "cls-svf1": ("Whatever has “{o1}” a {o} is a {s}.", "凡其“{o1}”是{o}的事物都是{s}。"),
    "cls-svf2": ("Whatever has “{o1}” at all is a {s}.", "凡有“{o1}”的事物都是{s}。"),
    "cls-avf": ("All that a {s} has as “{o1}” is a {o}.", "{s}的“{o1}”都是{o}。"),
    "cls-hv1": ("Every {s} has {o} as “{o1}”.", "每个{s}的“{o1}”都是{o}。"),
    "cls-hv2": ("Whatever has {o} as “{o1}” is a {s}.", "凡“{o1}”为{o}的事物都是{s}。"),
    "cls-maxc1": ("No {s} has any “{o1}”.", "{s}没有“{o1}”。"),
    "cls-maxc2": ("A {s} has at most one “{o1}”, so two of them are the same.", "{s}至多有一个“{o1}”，因此两者相同。"),
    "cls-maxqc1": ("No {s} has a “{o1}” that is a {o2}.", "{s}没有属于{o2}的“{o1}”。"),
    "cls-maxqc2": ("No {s} has any “{o1}”.", "{s}没有“{o1}”。"),
    "cls-maxqc3": ("A {s} has at most one “{o1}” that is a {o2}, so two of them are the same.", "{s}至多有一个属于{o2}的“{o1}”，因此两者相同。"),
    "cls-maxqc4": ("A {s} has at most one “{o1}”, so two of them are the same.", "{s}至多有一个“{o1}”，因此两者相同。"),
    "prp-dom": ("Whatever has “{s}” is a {o}.", "凡具有“{s}”的事物都是{o}。"),
    "prp-rng": ("Whatever is given as “{s}” is a {o}.", "凡作为“{s}”之值的事物都是{o}。"),
    "prp-spo1": ("“{s}” implies “{o}”.", "“{s}”蕴含“{o}”。"),
    "prp-eqp1": ("“{s}” and “{o}” mean the same.", "“{s}”与“{o}”同义。"),
    "prp-eqp2": ("“{s}” and “{o}” mean the same.", "“{s}”与“{o}”同义。"),
    "prp-inv1": ("“{s}” and “{o}” say the same in opposite directions.", "“{s}”与“{o}”方向相反，含义相同。"),
    "prp-inv2": ("“{s}” and “{o}” say the same in opposite directions.", "“{s}”与“{o}”方向相反，含义相同。"),
    "prp-symp": ("“{s}” holds in both directions.", "“{s}”双向成立。"),
    "prp-trp": ("“{s}” passes on: what holds from a first to a second and from there to a third holds from the first to the third.", "“{s}”可传递：由甲到乙、由乙到丙，则由甲到丙。"),
    "prp-spo2": ("Following these one after another amounts to “{s}”: {list}.", "依次经过下列关系等于“{s}”：{list}。"),
    "prp-fp": ("A thing has at most one “{s}”, so two of them are the same.", "每个事物至多有一个“{s}”，因此两者相同。"),
    "prp-ifp": ("No two things share a “{s}”, so those that do are the same.", "不同事物不会共有同一“{s}”，因此共有者相同。"),
    "prp-key": ("A {s} is known by these, so two with the same are one: {list}.", "{s}由下列属性确定，属性相同者即为同一事物：{list}。"),
    "prp-irp": ("Nothing has itself as “{s}”.", "任何事物都不能以自身为“{s}”。"),
    "prp-asyp": ("“{s}” never holds in both directions.", "“{s}”不能双向成立。"),
    "prp-pdw": ("“{s}” and “{o}” never hold between the same two things.", "“{s}”与“{o}”不能在同一对事物间同时成立。"),
    "prp-adp": ("No two of these hold between the same two things: {list}.", "下列属性中任何两个都不能在同一对事物间同时成立：{list}。"),
    "prp-npa1": ("It is stated that this does not hold: {o} “{o1}” {o2}.", "已声明此项不成立：{o}“{o1}”{o2}。"),
    "prp-npa2": ("It is stated that this does not hold: {o} “{o1}” {o2}.", "已声明此项不成立：{o}“{o1}”{o2}。"),
    "eq-sym": ("Being the same holds in both directions.", "相同关系双向成立。"),
    "eq-trans": ("Two things that are the same as a third are the same.", "与同一事物相同的两个事物彼此相同。"),
    "eq-rep-s": ("{x} is the same as {y}, so what is said of one is true of the other.", "{x}与{y}是同一事物，对其一的陈述对另一个也成立。"),
    "eq-rep-p": ("{x} is the same as {y}, so what one states the other states.", "{x}与{y}是同一属性，其一所述另一个也成立。"),
    "eq-rep-o": ("{x} is the same as {y}, so what names one names the other.", "{x}与{y}是同一事物，指向其一即指向另一个。"),
    "eq-diff1": ("Things that are said to differ cannot be the same.", "已声明不同的事物不可能相同。"),
    "eq-diff2": ("No two of these are the same: {list}.", "下列事物两两不同：{list}。"),
    "eq-diff3": ("No two of these are the same: {list}.", "下列事物两两不同：{list}。"),
    "scm-sco": ("What holds for a class holds for the classes within it.", "对一个类成立的，对其下级类也成立。"),
    "scm-spo": ("What a property implies, the properties within it imply too.", "一个属性所蕴含的，其下级属性也蕴含。"),
    "scm-eqc1": ("Classes that are the same lie within each other.", "相同的类互为下级类。"),
    "scm-eqp1": ("Properties that mean the same imply each other.", "同义的属性互相蕴含。"),
    "scm-int": ("A class that is several at once lies within each: {list}.", "交集类是各组成类的下级类：{list}。"),
    "scm-uni": ("Each part of a class that is made up of several lies within it: {list}.", "并集类的各组成类都是其下级类：{list}。"),
    "scm-restriction": ("Follows from how the two classes are defined by the properties of their members.", "由两个类依其成员属性所作的定义得出。"),
}  # fmt: skip

_LANGUAGES = ("en", "zh")


def rule_sentence(
    rule: Rule, language: str, name_of: TermName, bindings: dict[str, object] | None = None
) -> str:
    """Return in words what a rule states, with the names of its axioms' terms."""
    text = SENTENCES[rule.name][_LANGUAGES.index(language)]
    terms: dict[str, object] = {**(bindings or {})}
    if rule.axioms:
        first, *others = rule.axioms
        terms |= {"s": first[0], "o": first[2]}
        terms |= {f"o{i}": axiom[2] for i, axiom in enumerate(others, 1)}
    names = {key: name_of(term, language) for key, term in terms.items()}
    items = [a[2] for a in rule.axioms if a[1] == RDF.first]
    names["list"] = ("、" if language == "zh" else ", ").join(name_of(i, language) for i in items)
    filled = re.sub(r"\{(\w+)\}", lambda m: names.get(m[1], m[1]), text)
    return _with_articles(filled) if language == "en" else filled


def _with_articles(text: str) -> str:
    return re.sub(r"\b([Aa]) (?=[“]?[AEIOUaeiou])", r"\1n ", text)


def prefixed_name(term: object, language: str) -> str:
    """Return the prefixed name of a term."""
    if is_anonymous(term):
        return {"en": "thing of an unnamed class", "zh": "未命名类的成员"}[language]
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)


def class_expression(
    node: object, axioms: Iterable[Triple], language: str, name_of: TermName
) -> str:
    """Return in words what an unnamed class is, from the axioms that define it."""
    values = {p: o for s, p, o in axioms if s == node}
    on = values.get(OWL.onProperty)
    if on is None:
        return prefixed_name(node, language)
    kind, value = next(
        (
            (p, o)
            for p, o in values.items()
            if p in (OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue)
        ),
        (None, None),
    )
    if value is None:
        return {
            "en": f"thing limited in “{name_of(on, 'en')}”",
            "zh": f"“{name_of(on, 'zh')}”受限的事物",
        }[language]
    every = kind == OWL.allValuesFrom
    return {
        "en": f"thing whose “{name_of(on, 'en')}” is {'always ' if every else ''}{name_of(value, 'en')}",
        "zh": f"“{name_of(on, 'zh')}”{'均' if every else ''}为{name_of(value, 'zh')}的事物",
    }[language]


def contradiction_text(clash: Clash) -> Text:
    """Return a contradiction in words: the terms involved, the rule, and its axiom."""
    rule, bindings = clash.rule, clash.bindings
    told: object = {
        tag: rule_sentence(rule, tag, prefixed_name, dict(bindings)) for tag in _LANGUAGES
    }
    involved = ", ".join(f"{prefixed_name(t, 'en')}" for t in dict.fromkeys(bindings.values()))
    if rule.head is not None:
        one, two = (prefixed_name(bindings[name], "en") for name in ("y1", "y2"))
        told = Text("{told} But {one} and {two} are two values.", told=told, one=one, two=two)
    focus = involved or prefixed_name(rule.body[0][0], "en")
    return Text("{focus}: {told} ({rule})", focus=focus, told=told, rule=rule.name)


def in_words(rules: Iterable[Rule]) -> str:
    """Return rules, one a line: the standard's name, the sentence, and premises and conclusion."""
    lines = []
    for rule in rules:
        parts = rule.parts or (rule,)
        names = ", ".join(part.name for part in parts)
        words = " ".join(rule_sentence(part, "en", prefixed_name) for part in parts)
        lines.append(f"{names}\t{words}\t{rule_text(rule)}\n")
    return "".join(lines)


def as_sparql(rules: Iterable[Rule]) -> str:
    """Return the plan of rules: the updates in the order they run, then the tests, each with its purpose."""
    return "\n".join(_plan_sections(rules))


def _plan_sections(rules: Iterable[Rule]) -> Iterator[str]:
    steps = plan(rules)
    for title, part in (
        ("Run once, in this order", steps.once),
        (
            "Run again and again, as long as the question before is answered with yes",
            steps.repeated,
        ),
        ("Run at the end, where the question before is answered with yes", steps.cleanup),
    ):
        yield f"# == {title}\n"
        for step in part:
            condition = f"{step.condition}\n\n" if step.condition else ""
            yield f"# {step.name}: {step.purpose}\n{condition}{step.update}\n"
    yield "# == Contradictions: each row is one\n"
    for test in steps.tests:
        yield f"# {test.name}: {test.purpose}\n{test.query}\n"
