"""An order's life: every pair of state and event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.errors import Conflict
from webapp.domain.states import FINAL, MONEY, STEPS, SUCCESSFUL, UNSUCCESSFUL, Event, State, standing, step

PAIRS = [(state, event) for state in State for event in Event]


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_a_pair_leads_where_the_table_says_or_is_refused(state: State, event: Event) -> None:
    if (state, event) in STEPS:
        assert step(state, event) is STEPS[state, event]
    else:
        with pytest.raises(Conflict) as caught:
            step(state, event)
        assert (caught.value.code, caught.value.status) == ("wrong_state", 409)


@given(st.lists(st.sampled_from(Event)))
def test_whatever_happens_there_is_one_success_at_most_and_only_money_moves_after_it(events: list[Event]) -> None:
    state, successes = State.OPEN, 0
    for event in events:
        try:
            before, state = state, step(state, event)
        except Conflict:
            continue
        successes += state in SUCCESSFUL and before not in SUCCESSFUL
        assert successes == 0 or state in SUCCESSFUL
    assert successes <= 1


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.booleans())
def test_every_standing_of_the_money_is_reached_from_every_other(
    paid: int, refunded: int, disputed: bool
) -> None:  # Hypothesis gives them
    target = standing(paid=paid, refunded=min(paid, refunded), disputed=disputed)
    assert all(step(state, MONEY[target]) is target for state in MONEY if state is not target)


@pytest.mark.parametrize("state", sorted(set(State) - SUCCESSFUL))
def test_the_gateway_s_word_about_money_wins_in_every_state(state: State) -> None:
    assert (step(state, Event.PAID), step(state, Event.REGISTERED)) == (State.PAID, State.REGISTERED)


def test_nothing_but_money_moves_a_final_order_and_only_one_without_any_is_opened_again() -> None:
    found = {event for state, event in STEPS if state in FINAL}
    assert found == {*MONEY.values(), Event.REGISTERED, Event.AUTHORISED, Event.REACTIVATED}
    assert {state for state, event in STEPS if event is Event.REACTIVATED} == UNSUCCESSFUL


def test_money_that_was_let_go_is_held_no_more() -> None:
    with pytest.raises(Conflict):
        step(State.VOIDED, Event.AUTHORISED)
