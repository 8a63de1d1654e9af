"""The payments that bring everybody to zero."""


def settle(balance):
    """
    A list of (from, to, cents). The one who owes most pays the one who is owed most, until nobody owes anything; names
    decide between equals.
    """
    open_ = {name: cents for name, cents in balance.items() if cents != 0}
    payments = []
    while len(open_) > 1:
        debtor = min(open_, key=lambda name: (open_[name], name))
        creditor = min(open_, key=lambda name: (-open_[name], name))
        cents = min(-open_[debtor], open_[creditor])
        if cents <= 0:
            break
        payments.append((debtor, creditor, cents))
        open_[debtor] += cents
        open_[creditor] -= cents
        open_ = {name: rest for name, rest in open_.items() if rest != 0}
    return payments
