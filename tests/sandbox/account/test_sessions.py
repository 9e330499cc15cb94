from __future__ import annotations

import pytest

from m2msync.sandbox.account.sessions import Sessions
from m2msync.sandbox.errors import Refusal

from ..talk import Clock


def test_every_refusal_is_an_exception_of_its_own():
    sessions = Sessions(Clock(), 7200)
    key = sessions.login("sandbox", "sandbox-token", None)
    sessions.expire()
    for wrong, code in ((key, "AUTH_EXPIRED"), ("nonsense", "AUTH_KEY_INVALID")):
        raised = []
        for _ in range(2):
            with pytest.raises(Refusal) as caught:
                sessions.account_of(wrong)
            raised.append(caught.value)
        assert raised[0] is not raised[1]
        assert [each.code for each in raised] == [code, code]
