from accesslog import percentile


def test_one_value():
    assert percentile([7], 50) == 7


def test_the_order_does_not_matter():
    assert percentile([30, 10, 20], 50) == 20


def test_the_largest():
    assert percentile([1, 2, 3], 100) == 3
