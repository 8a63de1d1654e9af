import pytest

from depot import DepotError, Warehouse, audit


@pytest.fixture
def warehouse():
    warehouse = Warehouse()
    warehouse.deliver(0, "hinge", 10)
    return warehouse


def state(warehouse, article="hinge"):
    return warehouse.shelf.free(article), warehouse.shelf.on_hand(article)


def test_an_order_reserves(warehouse):
    warehouse.order(1, [("hinge", 4)], 7)
    assert state(warehouse) == (6, 10)


def test_a_shipment_leaves_the_shelf(warehouse):
    number = warehouse.order(1, [("hinge", 4)], 7)
    assert warehouse.ship(1, number) == 4
    assert state(warehouse) == (6, 6)
    assert audit(warehouse) == []


def test_a_cancelled_order_gives_back(warehouse):
    warehouse.cancel(2, warehouse.order(1, [("hinge", 4)], 7))
    assert state(warehouse) == (10, 10)


def test_a_delivery_serves_the_oldest_first(warehouse):
    first = warehouse.order(1, [("hinge", 13)], 7)
    second = warehouse.order(1, [("hinge", 5)], 7)
    warehouse.deliver(2, "hinge", 4)
    assert [warehouse.orders[number].lines[0].waiting for number in (first, second)] == [0, 4]


def test_late_orders_expire(warehouse):
    number = warehouse.order(1, [("hinge", 4)], 7)
    assert warehouse.expire(8) == []
    assert warehouse.expire(9) == [number]
    assert state(warehouse) == (10, 10)


def test_a_done_order_is_refused(warehouse):
    number = warehouse.order(1, [("hinge", 4)], 7)
    warehouse.ship(1, number)
    with pytest.raises(DepotError, match="is done"):
        warehouse.cancel(1, number)
