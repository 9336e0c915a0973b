"""A store divided by caller: nobody loses anything to a caller that keeps less than he does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.access.shares import Shares
from tests.reach import Reach

PER_CALLER, MOST = 3, 7
CALLERS = "abcde"
STEPS = st.lists(
    st.tuples(st.sampled_from(CALLERS), st.integers(0, 30), st.sampled_from([True, True, False])),
    min_size=10,
    max_size=40,
)


REACH = Reach(own_pushed_out=20, fullest_pushed_out=20, freed=20)


@REACH.demanded
@settings(derandomize=True, max_examples=300)
@given(STEPS)
def test_what_is_pushed_out_is_the_oldest_of_the_caller_or_of_the_fullest(
    steps: list[tuple[str, int, bool]],
) -> None:
    shares: Shares[int, str] = Shares(PER_CALLER, MOST)
    model: dict[int, str] = {}  # key -> caller, oldest first

    def of(caller: str) -> list[int]:
        return [key for key, whose in model.items() if whose == caller]

    for caller, key, is_added in steps:
        REACH.met("freed", model.pop(key, None) is not None)
        if not is_added:
            shares.pop(key)
        else:
            model[key] = caller
            lost = shares.add(caller, key, f"{caller}{key}")
            if len(of(caller)) > PER_CALLER:
                assert lost == f"{caller}{of(caller)[0]}"
                REACH.met("own_pushed_out")
            elif len(model) > MOST:
                assert lost is not None
                assert of(lost[0])[0] == int(lost[1:])
                assert len(of(lost[0])) == max(len(of(each)) for each in model.values())
                REACH.met("fullest_pushed_out")
            else:
                assert lost is None
            if lost is not None:
                del model[int(lost[1:])]
        assert dict(shares.items()) == {kept: f"{whose}{kept}" for kept, whose in model.items()}
        for each in CALLERS:
            assert [name for name, _ in shares.of(each)] == of(each)
            assert shares.count(each) == len(of(each))
        assert len(shares) == len(model)


def test_a_key_is_read_and_freed() -> None:
    shares: Shares[str, int] = Shares(1, 2)

    assert shares.add("a", "x", 1) is None
    assert (shares.get("x"), shares.get("y")) == (1, None)
    assert shares.pop("x") == 1
    assert shares.pop("x") is None
    assert len(shares) == 0
