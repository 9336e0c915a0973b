"""A program of its own, that imports nothing of ours: what beancount makes of a ledger, as JSON.

    python beancount_trial.py FILE

`errors`: what bean-check would print; `balances`: each account's money; `lots`: its titles.
"""

import json
import sys

from beancount import loader
from beancount.core import realization

if __name__ == "__main__":
    entries, errors, _ = loader.load_file(sys.argv[1])
    balances, lots = {}, {}
    for account in realization.iter_children(realization.realize(entries)):
        for position in account.balance:
            if position.units.currency == "CNY":
                balances[account.account] = str(position.units.number)
            else:
                lots.setdefault(account.account, []).append(str(position))
    words = [error.message for error in errors]
    print(json.dumps({"errors": words, "balances": balances, "lots": lots}))
