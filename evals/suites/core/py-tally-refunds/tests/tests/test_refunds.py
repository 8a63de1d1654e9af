import random
import subprocess
import sys

import pytest

from tally import balances, format_amount, parse_amount, read_book, settle, split


@pytest.mark.parametrize("text, cents", [("-0.50", -50), ("-1.50", -150), ("-12.05", -1205), ("-0.00", 0), ("0.07", 7)])
def test_reads_the_sign(text, cents):
    assert parse_amount(text) == cents


@pytest.mark.parametrize("cents, text", [(-150, "-1.50"), (-50, "-0.50"), (-1, "-0.01"), (0, "0.00"), (-200, "-2.00")])
def test_prints_the_sign(cents, text):
    assert format_amount(cents) == text


def test_what_is_printed_can_be_read():
    for cents in range(-1050, 1050):
        assert parse_amount(format_amount(cents)) == cents


def test_a_refund_mirrors_the_cost():
    assert split(-1000, {"ana": 1, "ben": 1, "cem": 1}) == {"ana": -334, "ben": -333, "cem": -333}


def test_a_weighted_refund_mirrors_the_cost():
    assert split(-1000, {"ana": 2, "ben": 1}) == {"ana": -667, "ben": -333}


def test_no_cent_is_lost():
    chance = random.Random(7)
    for _ in range(500):
        weights = {name: chance.randint(1, 9) for name in "abcdefg"[: chance.randint(1, 7)]}
        amount = chance.randint(-5000, 5000)
        shares = split(amount, weights)
        assert sum(shares.values()) == amount
        assert shares == {name: -share for name, share in split(-amount, weights).items()}


def test_costs_are_split_as_before():
    assert split(101, {"a": 3, "b": 3, "c": 1}) == {"a": 44, "b": 43, "c": 14}
    assert split(2, {"a": 1, "b": 1, "c": 1}) == {"a": 1, "b": 1, "c": 0}


def test_balances_sum_to_zero():
    book = ["ana -0.50 ana,ben,cem bottles", "ben -10.01 ana:2,cem", "cem 20.00 ana,ben:3"]
    assert sum(balances(read_book(book)).values()) == 0


def test_payments_bring_everybody_to_zero():
    balance = balances(read_book(["ana -10.00 ana,ben,cem", "ben -0.05 ana,cem"]))
    for debtor, creditor, cents in settle(balance):
        balance[debtor] += cents
        balance[creditor] -= cents
    assert set(balance.values()) == {0}


def tally(tmp_path, command, book):
    path = tmp_path / "book.txt"
    path.write_text(book)
    run = subprocess.run([sys.executable, "-m", "tally", command, str(path)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_refund_takes_back_the_cost(tmp_path):
    book = "ana 10.00 ana,ben,cem groceries\nana -10.00 ana,ben,cem order was cancelled\n"
    assert tally(tmp_path, "balances", book) == "ana 0.00\nben 0.00\ncem 0.00\n"
    assert tally(tmp_path, "settle", book) == ""


def test_the_one_who_owes(tmp_path):
    assert tally(tmp_path, "balances", "ana 1.50 ben lent\n") == "ana 1.50\nben -1.50\n"
