import hashlib
import random
import re
import subprocess
import sys
from collections import Counter

import pytest

from depot import DepotError, Journal, Warehouse, audit
from depot.traffic import play

LINE = re.compile(r"d\d{3} (DELIVER|ORDER|RESERVE|BACKORDER|SHIP|CANCEL|RELEASE|EXPIRE|REFUSED) \w+=.+")


def by_journal(lines):
    """What came in less what went out, told by the log alone."""
    pieces = Counter()
    for line in lines:
        facts = dict(fact.split("=", 1) for fact in line.split()[2:] if "=" in fact)
        if " DELIVER " in line:
            pieces[facts["article"]] += int(facts["pieces"])
        elif " SHIP " in line:
            pieces[facts["article"]] -= int(facts["pieces"])
    return pieces


def parcels(*deliveries):
    """A warehouse with an order of ten hinges that left in one parcel after each delivery."""
    warehouse = Warehouse()
    warehouse.deliver(0, "hinge", deliveries[0])
    number = warehouse.order(1, [("hinge", 10)], 5)
    warehouse.ship(1, number)
    for pieces in deliveries[1:]:
        warehouse.deliver(2, "hinge", pieces)
        assert warehouse.ship(2, number) == pieces
    return warehouse, number


def test_two_parcels_and_the_order_is_done():
    warehouse, number = parcels(4, 6)
    assert warehouse.expire(50) == []
    with pytest.raises(DepotError, match="is done"):
        warehouse.cancel(50, number)
    with pytest.raises(DepotError, match="is done"):
        warehouse.ship(50, number)
    assert warehouse.shelf.on_hand("hinge") == 0


def test_three_parcels_and_the_order_is_done():
    warehouse, number = parcels(2, 3, 5)
    assert warehouse.expire(50) == []
    assert warehouse.shelf.on_hand("hinge") == warehouse.shelf.free("hinge") == 0


def test_an_order_that_is_cancelled_after_two_parcels():
    warehouse, number = parcels(4, 3)
    warehouse.deliver(3, "hinge", 2)
    warehouse.cancel(3, number)
    assert warehouse.shelf.on_hand("hinge") == warehouse.shelf.free("hinge") == 2
    assert audit(warehouse) == []


def test_an_order_that_expires_after_two_parcels_with_nothing_reserved():
    warehouse, number = parcels(4, 3)
    assert warehouse.expire(50) == [number]
    assert warehouse.shelf.on_hand("hinge") == 0
    assert not any(" RELEASE " in line for line in warehouse.journal.lines)


def test_one_parcel_and_the_rest_expires():
    warehouse, number = parcels(4)
    assert warehouse.expire(50) == [number]
    assert warehouse.shelf.on_hand("hinge") == 0


@pytest.mark.parametrize("seed", range(8))
def test_the_shelf_agrees_at_every_moment(seed):
    chance = random.Random(seed)
    warehouse = Warehouse()
    articles = ["a", "b", "c"]
    for now in range(1, 120):
        step = chance.randrange(6)
        number = chance.randint(1, max(1, len(warehouse.orders)))
        try:
            if step == 0:
                warehouse.deliver(now, chance.choice(articles), chance.randint(1, 6))
            elif step in (1, 2):
                wanted = [(chance.choice(articles), chance.randint(1, 9)) for _ in range(chance.randint(1, 3))]
                warehouse.order(now, wanted, 40)
            elif step in (3, 4):
                warehouse.ship(now, number)
            elif chance.random() < 0.3:
                warehouse.cancel(now, number)
            else:
                warehouse.expire(now)
        except DepotError:
            pass
        pieces = by_journal(warehouse.journal.lines)
        for article in warehouse.shelf.articles():
            assert warehouse.shelf.on_hand(article) == pieces[article] == warehouse.ledger.balance(article)
            reserved = sum(
                line.reserved
                for order in warehouse.orders.values()
                for line in order.lines
                if line.article == article
            )
            assert warehouse.shelf.on_hand(article) == warehouse.shelf.free(article) + reserved


def test_the_traffic_passes_the_audit():
    warehouse = Warehouse(Journal())
    play(warehouse)
    pieces = by_journal(warehouse.journal.lines)
    assert {article: warehouse.shelf.on_hand(article) for article in pieces} == dict(pieces)
    assert min(pieces.values()) >= 0
    assert audit(warehouse) == []


def test_the_night_passes():
    run = subprocess.run([sys.executable, "scripts/nightly.py"], capture_output=True, text=True)
    lines = run.stdout.splitlines()
    assert (run.returncode, lines[-1]) == (0, "AUDIT passed: 12 articles")
    assert all(LINE.fullmatch(line) for line in lines[:-1])
    assert sum(" ORDER " in line for line in lines) == 3960


def test_the_night_begins_as_before():
    run = subprocess.run([sys.executable, "scripts/nightly.py"], capture_output=True, text=True)
    start = "\n".join(run.stdout.splitlines()[:1000])
    assert hashlib.sha256(start.encode()).hexdigest() == "0e3d2820c69c6c509953eb47dd6e619de4b14742c41a8670c38df025d92f2257"


def test_the_audit_sees_a_difference():
    warehouse = Warehouse()
    warehouse.deliver(0, "hinge", 4)
    warehouse.ledger.delivered["hinge"] += 1
    assert audit(warehouse) == [("hinge", 4, 5)]
