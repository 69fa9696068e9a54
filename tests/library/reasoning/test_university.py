"""A university in miniature, in the manner of the LUBM benchmark: closes as with owlrl."""

from __future__ import annotations

import random

from support.ontologies import by_owlrl, by_rules, parse

ONTOLOGY = """
:Professor rdfs:subClassOf :Faculty . :Lecturer rdfs:subClassOf :Faculty .
:Faculty rdfs:subClassOf :Employee . :Employee rdfs:subClassOf :Person .
:Student rdfs:subClassOf :Person , [ owl:onProperty :takes ; owl:allValuesFrom :Course ] .
:Chair owl:equivalentClass [ owl:intersectionOf ( :Person [ owl:onProperty :heads ; owl:someValuesFrom :Department ] ) ] .
:Student owl:equivalentClass [ owl:intersectionOf ( :Person [ owl:onProperty :takes ; owl:someValuesFrom :Course ] ) ] .
:Department rdfs:subClassOf :Organization . :University rdfs:subClassOf :Organization .
:Organization owl:disjointWith :Person . :Course owl:disjointWith :Person .
:Agent owl:equivalentClass [ owl:unionOf ( :Person :Organization ) ] .
:partOf a owl:TransitiveProperty ; rdfs:domain :Organization ; rdfs:range :Organization .
:hasPart owl:inverseOf :partOf .
:heads rdfs:subPropertyOf :worksFor . :worksFor rdfs:subPropertyOf :memberOf .
:memberOf rdfs:range :Organization . :member owl:inverseOf :memberOf .
:teaches rdfs:domain :Faculty ; rdfs:range :Course .
:advisor rdfs:domain :Person ; rdfs:range :Professor .
:degreeFrom rdfs:range :University . :alumnus owl:inverseOf :degreeFrom .
:colleague a owl:SymmetricProperty .
:affiliated owl:propertyChainAxiom ( :memberOf :partOf ) .
:email a owl:InverseFunctionalProperty .
"""


def data(departments: int, seed: int) -> str:
    """Make departments of two universities with staff, students and courses, as Turtle."""
    rng = random.Random(seed)
    lines = [":u0 a :University .", ":u1 a :University ."]
    for d in range(departments):
        lines.append(
            f":d{d} a :Department ; :partOf :u{d % 2} . :g{d} a :Organization ; :partOf :d{d} ."
        )
        lines.append(f":p{d}x0 :heads :d{d} .")
        for n in range(4):
            kind = rng.choice(["Professor", "Professor", "Lecturer"])
            lines.append(
                f":p{d}x{n} a :{kind} ; :worksFor :d{d} ; :teaches :c{d}x{n} ; "
                f":degreeFrom :u{rng.randrange(2)} ; :email 'p{n}@d{d}' ; :colleague :p{d}x{(n + 1) % 4} ."
            )
        for n in range(12):
            lines.append(
                f":s{d}x{n} a :Person ; :memberOf :d{d} ; :takes :c{d}x{rng.randrange(4)} ; "
                f":advisor :p{d}x{rng.randrange(4)} ; rdfs:label 'student {n}' ."
            )
    return "\n".join(lines)


def test_a_university_closes_as_with_owlrl() -> None:
    quads = parse(ONTOLOGY + data(6, 1))
    assert len(quads) > 500
    closed = by_rules(quads)
    assert closed is not None
    assert len(closed) > 500
    assert closed == by_owlrl(quads)


def test_a_person_that_is_a_course_contradicts() -> None:
    quads = parse(ONTOLOGY + data(1, 2) + "\n:c0x0 :memberOf :d0 . :s0x0 :advisor :c0x0 .")
    assert by_rules(quads) is None
    assert by_owlrl(quads) is None
