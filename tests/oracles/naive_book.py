"""A market as EXCHANGE 2 and 3 tell it, in the plainest words: one list, sorted anew at each step.

Slow and obvious. The fast book must say the same; where they differ one of them misreads the page.
"""

from dataclasses import dataclass

Said = tuple[object, ...]  # ("trade", ask, bid, price, lots), ("cancelled", order, lots), …


@dataclass
class Naive:
    """An order that stands."""

    order: str
    group: str
    side: str
    price: int
    lots: int
    open: int
    priority: int
    time_in_force: str
    expires_ns: int = 0


class NaiveBook:
    """One market's orders."""

    def __init__(self) -> None:
        self.orders: list[Naive] = []
        self.phase = "continuous"
        self.last_priority = 0
        self.last_price = 0  # of its last trade; 0: none yet
        self.ties = 0  # trades while another order of that side and price stood behind the one met

    def place(
        self,
        order: str,
        group: str,
        side: str,
        price: int,
        lots: int,
        tif: str,
        expires_ns: int = 0,
    ) -> list[Said]:
        """An order arrives; what it brings about."""
        self.last_priority += 1
        new = Naive(order, group, side, price, lots, lots, self.last_priority, tif, expires_ns)
        return self._arrive(new)

    def amend(self, order: str, price: int, lots: int, expires_ns: int = 0) -> list[Said]:
        """New terms: fewer lots alone keep the place."""
        found = next(each for each in self.orders if each.order == order)
        if (price, lots, expires_ns) == (found.price, found.lots, found.expires_ns):
            return []
        filled = found.lots - found.open
        if lots <= filled:
            self.orders.remove(found)
            return [("cancelled", order, found.open)]
        if (price, expires_ns) == (found.price, found.expires_ns) and lots < found.lots:
            found.open, found.lots = lots - filled, lots
            return []
        self.orders.remove(found)
        self.last_priority += 1
        found.price, found.lots, found.open = price, lots, lots - filled
        found.priority, found.expires_ns = self.last_priority, expires_ns
        return self._arrive(found)

    def cancel(self, order: str) -> list[Said]:
        found = next(each for each in self.orders if each.order == order)
        self.orders.remove(found)
        return [("cancelled", order, found.open)]

    def regroup(self, groups: dict[str, str]) -> list[Said]:
        """Orders have other groups now, by their names: oldest first each finds its place anew."""
        standing, self.orders = self.by_priority(), []
        ended: list[Said] = []
        for each in standing:
            each.group = groups[each.order]
            if any(other.group == each.group for other in self.facing(each)):
                ended.append(("cancelled", each.order, each.open))
            else:
                self.orders.append(each)
        return ended

    def close(self) -> list[Said]:
        self.phase = "closed"
        return self._expire([each for each in self.by_priority() if each.time_in_force == "day"])

    def pass_time(self, to_ns: int) -> list[Said]:
        """Every gtd order whose instant has come, by instant, then by id."""
        due = [each for each in self.orders if 0 < each.expires_ns <= to_ns]
        return self._expire(sorted(due, key=lambda each: (each.expires_ns, each.order)))

    def end(self) -> list[Said]:
        """The last trade has been: nothing stands any more."""
        self.phase = "closed"
        return self._expire(self.by_priority())

    def _expire(self, ended: list[Naive]) -> list[Said]:
        self.orders = [each for each in self.orders if each not in ended]
        return [("expired", each.order, each.open) for each in ended]

    def open(self) -> list[Said]:
        """What stands arrives, oldest first, into an empty book."""
        waiting, self.orders, self.phase = self.by_priority(), [], "continuous"
        return [said for each in waiting for said in self._arrive(each)]

    def worst_price(self, side: str, band_bp: int, is_old: bool) -> int:
        """The highest bid or lowest ask that is taken (EXCHANGE 4); 0: any price is.

        *is_old*: the last trade was so long ago that it no longer counts.
        """
        around = self.last_price
        if around and is_old:
            others = [each.price for each in self.orders if each.side != side]
            around = (min(others) if side == "bid" else max(others)) if others else 0
        if not around:
            return 0
        if side == "bid":
            return -(-around * (10_000 + band_bp) // 10_000)  # up to a whole tick
        return max(1, around * (10_000 - band_bp) // 10_000)

    def by_priority(self) -> list[Naive]:
        return sorted(self.orders, key=lambda each: each.priority)

    def facing(self, new: Naive) -> list[Naive]:
        """Everything on the other side within its limit, best price first, then oldest."""
        sign = 1 if new.side == "bid" else -1
        crossing = [
            each
            for each in self.orders
            if each.side != new.side and (new.price - each.price) * sign >= 0
        ]
        return sorted(crossing, key=lambda each: (each.price * sign, each.priority))

    def _arrive(self, new: Naive) -> list[Said]:
        facing = self.facing(new)
        if self.phase != "continuous":
            if any(each.group == new.group for each in facing):
                return [("cancelled", new.order, new.open)]
            self.orders.append(new)
            return []
        own = next((n for n, each in enumerate(facing) if each.group == new.group), None)
        met = facing if own is None else facing[:own]
        if new.time_in_force == "fok" and sum(each.open for each in met) < new.open:
            return [("expired", new.order, new.open)]
        said: list[Said] = []
        for at, each in enumerate(met):
            lots = min(new.open, each.open)
            if lots:
                self.ties += any(behind.price == each.price for behind in met[at + 1 :])
                new.open -= lots
                each.open -= lots
                ask, bid = (each, new) if new.side == "bid" else (new, each)
                said.append(("trade", ask.order, bid.order, each.price, lots))
                self.last_price = each.price
        self.orders = [each for each in self.orders if each.open]
        if new.open:
            if own is not None:
                said.append(("cancelled", new.order, new.open))
            elif new.time_in_force in ("ioc", "fok"):
                said.append(("expired", new.order, new.open))
            else:
                self.orders.append(new)
        return said
