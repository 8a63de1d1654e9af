import pytest

from tally import balances, format_amount, parse_amount, read_book, settle, split
from tally.errors import BookError


def test_amounts_are_cents():
    assert parse_amount("12.30") == 1230
    assert format_amount(1230) == "12.30"


@pytest.mark.parametrize("text", ["1.5", "12", "ten", "1,50", "--1.00", "- 1.00", "+1.00", "1.-5", ".50", "-.50"])
def test_other_amounts_are_refused(text):
    with pytest.raises(BookError):
        parse_amount(text)


def test_uneven_cents_go_to_the_first():
    assert split(1000, {"ana": 1, "ben": 1, "cem": 1}) == {"ana": 334, "ben": 333, "cem": 333}


def test_weights():
    assert split(1000, {"ana": 2, "ben": 1}) == {"ana": 667, "ben": 333}


def test_balances():
    book = ["# July", "", "ana 10.00 ana,ben,cem groceries", "ben 6.00 ana,ben:2 taxi"]
    assert balances(read_book(book)) == {"ana": 466, "ben": -133, "cem": -333}


def test_settle():
    assert settle({"ana": 466, "ben": -133, "cem": -333}) == [("cem", "ana", 333), ("ben", "ana", 133)]


def test_an_error_names_the_line():
    with pytest.raises(BookError, match="line 2: not a sharer"):
        read_book(["ana 1.00 ana", "ana 1.00 ana:0"])
