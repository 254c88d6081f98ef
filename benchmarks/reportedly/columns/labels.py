"""What compiled loops have to know of the contract: the numbers of the labels that rules name, and small tables.

Read from ``schema/vocabulary.json`` when a run starts and handed to every loop: machine code that is
kept on disk must not have a vocabulary of yesterday in it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reportedly import contract
from reportedly.derivation import ASSUMED, INCIDENT_TYPES, NARRATOR, RANK, TOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


class Labels(NamedTuple):
    """Numbers of labels."""

    attack: int
    place: int
    fac: int
    time: int
    per: int
    org: int
    event_claim: int
    count_claim: int
    resp_claim: int
    negated: int
    unspecified_hop: int
    claimant: int
    gov: int
    exact: int
    vague: int
    victims: int
    perpetrators: int
    all: int
    unspecified: int
    total: int
    partial: int
    current: int
    unclaimed: int
    denied: int
    stated: int
    claimed: int
    blamed_by_authority: int
    blamed: int
    disjoint_population: int
    update: int
    same: int
    conflict: int
    refines: int
    compatible: int


class Maps(NamedTuple):
    """Tables over labels; apart from their numbers, since to hand an array on costs a loop more than a number."""

    role_takes: Array  # role × entity type
    metric_counts: Array  # metric × event type
    told: Array  # status: does it bear on the template?
    rank: Array  # hop type: how near to those who count; the last is the narrator's
    assumed: Array  # metric: whom an unspecified count of it counts
    kinds: Array  # incident types: the event type that shows each
    slots: Array  # slots of entities: the role that fills each
    populations: Array  # populations by name: templates list figures so
    blank: Array  # code point: is it white space?  Beyond the table none is.
    latin: Array  # code point: is it a Latin letter or a digit?


SLOTS = ("agent", "target", "place", "time", "instrument")  # roles, in the order of the slots they fill


def _number(vocabulary: str, label: str) -> int:
    return contract.labels(vocabulary).index(label)


@cache
def labels() -> Labels:
    """Read the numbers once."""
    return Labels(
        attack=_number("event_type", "ATTACK"),
        place=_number("entity_type", "PLACE"),
        fac=_number("entity_type", "FAC"),
        time=_number("entity_type", "TIME"),
        per=_number("entity_type", "PER"),
        org=_number("entity_type", "ORG"),
        event_claim=_number("claim_kind", "EVENT"),
        count_claim=_number("claim_kind", "COUNT"),
        resp_claim=_number("claim_kind", "RESP"),
        negated=_number("status", "negated"),
        unspecified_hop=_number("hop_type", "unspecified"),
        claimant=_number("hop_type", "claimant"),
        gov=_number("hop_type", "gov"),
        exact=_number("hedge", "EXACT"),
        vague=_number("hedge", "VAGUE"),
        victims=_number("population", "victims"),
        perpetrators=_number("population", "perpetrators"),
        all=_number("population", "all"),
        unspecified=_number("population", "unspecified"),
        total=_number("scope", "total"),
        partial=_number("scope", "partial"),
        current=_number("as_of", "current"),
        **{label: _number("stance", label) for label in contract.labels("stance")},
        **{label: _number("relation", label) for label in contract.labels("relation")},
    )


@cache
def maps() -> Maps:
    """Read the tables once."""

    def table(name: str, column: str, of: str) -> Array:
        allowed = contract.permitted(name, column)
        return np.array([[label in allowed[row] for label in contract.labels(of)] for row in contract.labels(name)])

    return Maps(
        role_takes=table("role", "entity_types", "entity_type"),
        metric_counts=table("metric", "events", "event_type"),
        told=np.array([status in TOLD for status in contract.labels("status")]),
        rank=np.array([*(RANK[hop] for hop in contract.labels("hop_type")), NARRATOR]),
        assumed=np.array([_number("population", ASSUMED.get(m, "victims")) for m in contract.labels("metric")]),
        kinds=np.array([_number("event_type", kind) for kind in INCIDENT_TYPES]),
        slots=np.array([_number("role", role) for role in SLOTS]),
        populations=np.array([_number("population", name) for name in sorted(contract.labels("population"))]),
        blank=np.array([chr(point).isspace() for point in range(0x3001)]),
        latin=np.array([chr(point).isalnum() for point in range(0x250)]),
    )
