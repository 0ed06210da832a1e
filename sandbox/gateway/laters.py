"""What happens by itself some time after it was begun: a refund that is still on its way, a bank's word on a dispute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sandbox.gateway.accounts import Account, Caller
from sandbox.gateway.call import Call
from sandbox.gateway.store import Store, Transaction

Deed = Callable[[Call, str], object]
"""What is done then, to the object of this id."""


def plan(call: Call, deed: str, subject: str, seconds: int) -> None:
    """Have a deed done then."""
    call.tx.sql.execute(
        "INSERT INTO laters (scope, at, deed, subject) VALUES (?, ?, ?, ?)",
        (call.scope, call.now + seconds, deed, subject),
    )


class Laters:
    """Does what is due. `deeds` by their names, `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        known: Sequence[Account],
        public_url: str,
        clock: Callable[[], float],
        deeds: Mapping[str, Deed],
    ) -> None:
        self._store = store
        self._known = known
        self._public_url = public_url
        self._clock = clock
        self._deeds = deeds

    def run(self) -> float | None:
        """Seconds until the next is due; None when there is none."""
        now = self._clock()
        with self._store.transaction() as tx:
            for row in tx.sql.execute("SELECT * FROM laters WHERE at <= ? ORDER BY id", (now,)).fetchall():
                tx.sql.execute("DELETE FROM laters WHERE id = ?", (row["id"],))
                self._deeds[row["deed"]](self.call(tx, row["scope"]), row["subject"])
            following = tx.sql.execute("SELECT min(at) FROM laters").fetchone()[0]
        return None if following is None else max(0.0, following - now)

    def call(self, tx: Transaction, scope: str) -> Call:
        """A call that nobody made: what happens under it is told as Stripe's own doing."""
        account = next(account for account in self._known if account.id == scope.partition("/")[0])
        return Call(tx, Caller(account, scope, secret=True), int(self._clock()), None, self._public_url)
