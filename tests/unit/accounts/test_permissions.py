"""The pure rules: who may do what with an object."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from netloom.accounts.permissions import (
    NOBODYS,
    Access,
    Actor,
    Right,
    Role,
    Scope,
    Visibility,
    may,
    may_administer,
    may_make,
    right_over,
)
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.accounts.users import User
from netloom.core.errors import NotFound
from netloom.core.identifiers import UserName
from netloom.store.database import open_database
from netloom.store.sharing import SqlAccessStore
from netloom.store.users import SqlUserStore

ADA, BOB = UserName("ada"), UserName("bob")


def test_rights_include_those_below() -> None:
    rights = [Right.READ, Right.RUN, Right.WRITE, Right.OWN]
    assert [[a.includes(b) for b in rights] for a in rights] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


@pytest.mark.parametrize(
    ("actor", "access", "right"),
    [
        (Actor(ADA, Role.MEMBER), Access(ADA), Right.OWN),
        (Actor(ADA, Role.VIEWER), Access(ADA), Right.READ),
        (Actor(ADA, Role.MEMBER, Scope.RUN), Access(ADA), Right.RUN),
        (Actor(BOB, Role.MEMBER), Access(ADA), None),
        (Actor(BOB, Role.MEMBER), Access(ADA, Visibility.PRIVATE, {BOB: Right.WRITE}), None),
        (Actor(BOB, Role.MEMBER), Access(ADA, Visibility.SHARED, {BOB: Right.WRITE}), Right.WRITE),
        (Actor(BOB, Role.MEMBER), Access(ADA, Visibility.PUBLIC, {BOB: Right.READ}), Right.RUN),
        (Actor(BOB, Role.MEMBER), Access(ADA, Visibility.PUBLIC, {BOB: Right.WRITE}), Right.WRITE),
        (Actor(BOB, Role.MEMBER), NOBODYS, None),
        (Actor(BOB, Role.ADMIN), NOBODYS, Right.OWN),
        (Actor(BOB, Role.ADMIN, Scope.READ), Access(ADA), Right.READ),
    ],
)
def test_the_strongest_claim_counts_up_to_role_and_scope(
    actor: Actor, access: Access, right: Right | None
) -> None:
    assert right_over(actor, access) == right
    assert [may(actor, wanted, access) for wanted in Right] == [
        right is not None and right.includes(wanted) for wanted in Right
    ]


def test_only_administrators_with_full_scope_administer() -> None:
    allowed = {
        (role, scope)
        for role, scope in product(Role, Scope)
        if may_administer(Actor(ADA, role, scope))
    }
    assert allowed == {(Role.ADMIN, Scope.ADMIN)}


def test_viewers_make_nothing() -> None:
    assert not may_make(Actor(ADA, Role.VIEWER), Right.RUN)
    assert may_make(Actor(ADA, Role.MEMBER, Scope.RUN), Right.RUN)
    assert not may_make(Actor(ADA, Role.MEMBER, Scope.RUN), Right.WRITE)


def test_the_store_lists_exactly_what_the_rule_lets_one_read(tmp_path: Path) -> None:
    database = open_database(tmp_path / "netloom.db")
    people = SqlUserStore(database)
    for name, role in ((ADA, Role.MEMBER), (BOB, Role.MEMBER), (UserName("root"), Role.ADMIN)):
        people.add(User(name, role, 0.0), None)
    store = SqlAccessStore(database)
    shares = [{}, {BOB: Right.READ}, {BOB: Right.WRITE}, {ADA: Right.READ}]
    cases = {
        f"{number}": Access(owner, visibility, shared)
        for number, (owner, visibility, shared) in enumerate(
            product((ADA, BOB, None), Visibility, shares)
        )
    }
    for name, access in cases.items():
        store.put(ObjectId(ObjectKind.RUN, name), access)
        store.put(ObjectId(ObjectKind.PIPELINE, f"other-{name}"), access)
    assert {name: store.access(ObjectId(ObjectKind.RUN, name)) for name in cases} == cases
    for actor in (Actor(ADA, Role.MEMBER), Actor(BOB, Role.VIEWER), Actor(BOB, Role.MEMBER)):
        readable = {name for name, access in cases.items() if may(actor, Right.READ, access)}
        assert store.visible(ObjectKind.RUN, actor) == readable
    assert store.visible(ObjectKind.RUN, Actor(UserName("root"), Role.ADMIN)) is None
    with pytest.raises(NotFound):
        store.put(ObjectId(ObjectKind.RUN, "1"), Access(UserName("nobody")))
    assert store.access(ObjectId(ObjectKind.RUN, "1")) == cases["1"]
    database.close()
