"""An order's life: every pair of state and event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.errors import Conflict
from webapp.domain.states import FINAL, STEPS, SUCCESSFUL, Event, State, step

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
def test_whatever_happens_there_is_one_success_at_most_and_nothing_after_it(events: list[Event]) -> None:
    state, successes = State.OPEN, 0
    for event in events:
        try:
            state = step(state, event)
        except Conflict:
            continue
        assert successes == 0
        successes += state in SUCCESSFUL


@pytest.mark.parametrize("state", sorted(set(State) - SUCCESSFUL))
def test_the_gateway_s_word_about_money_wins_in_every_state(state: State) -> None:
    assert (step(state, Event.PAID), step(state, Event.REGISTERED)) == (State.PAID, State.REGISTERED)


def test_nothing_but_money_moves_a_final_order() -> None:
    assert {event for state, event in STEPS if state in FINAL} == {Event.PAID, Event.REGISTERED}
