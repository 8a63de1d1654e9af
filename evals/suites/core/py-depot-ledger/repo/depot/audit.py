"""Does the shelf hold what the books say?"""


def audit(warehouse):
    """A list of (article, on the shelf, by the ledger) for each article where the two differ."""
    differences = []
    for article in warehouse.shelf.articles():
        on_hand = warehouse.shelf.on_hand(article)
        balance = warehouse.ledger.balance(article)
        if on_hand != balance:
            differences.append((article, on_hand, balance))
    return differences
