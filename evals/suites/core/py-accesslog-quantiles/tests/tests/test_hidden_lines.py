import subprocess
import sys

import pytest

from accesslog import Entry, parse_line, percentile, render, summarize


def line(client="192.0.2.7", request="GET / HTTP/1.1", millis=5, agent="a"):
    return f'{client} [06/May/2024:10:00:01 +0000] "{request}" 200 10 {millis} "{agent}"\n'


@pytest.mark.parametrize("client", ["2001:db8::1", "::1", "::ffff:192.0.2.1", "fe80::1%eth0", "2001:DB8:0:0:0:0:0:1"])
def test_ipv6_clients(client):
    assert parse_line(line(client)).client == client


def test_escaped_quotes_in_the_path():
    entry = parse_line(line(request=r"GET /search?q=\"a\" HTTP/1.1"))
    assert (entry.method, entry.path, entry.protocol) == ("GET", '/search?q="a"', "HTTP/1.1")


def test_escaped_quotes_in_the_agent():
    assert parse_line(line(agent=r"an \"odd\" one")).agent == 'an "odd" one'


def test_escaped_backslashes():
    assert parse_line(line(agent=r"C:\\temp\\")).agent == "C:\\temp\\"
    assert parse_line(line(agent=r"\\\"")).agent == '\\"'


@pytest.mark.parametrize("text", ["nonsense", line()[:-3], line(agent='a "b" c'), line(client="nobody at all"), line(agent="end\\")])
def test_lines_that_are_broken(text):
    assert parse_line(text) is None


def test_ten_values():
    values = [10, 1, 9, 2, 8, 3, 7, 4, 6, 5]
    assert [percentile(values, percent) for percent in (0, 1, 10, 11, 50, 51, 90, 91, 99, 100)] == [1, 1, 1, 2, 5, 6, 9, 10, 10, 10]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 99, 100, 101, 1000])
def test_nearest_rank(count):
    values = [3 * number for number in range(count)]
    for percent in range(101):
        found = percentile(values, percent)
        assert found in values
        assert 100 * sum(value <= found for value in values) >= percent * count
        smaller = [value for value in values if value < found]
        assert not smaller or 100 * len(smaller) < percent * count


def test_no_values():
    assert percentile([], 50) is None
    assert summarize([]).percentiles == {50: None, 90: None, 99: None}


def test_report_of_nothing():
    assert render(summarize(["\n"])) == "requests 0\nbroken 0\nerrors 0\nclients 0\nbytes 0\np50 -\np90 -\np99 -\n"


def test_counts_broken_lines():
    summary = summarize([line(), "\n", "  \n", "nonsense\n", line("::1"), "more nonsense\n"])
    assert (summary.requests, summary.broken, len(summary.clients)) == (2, 2, 2)


def test_report_of_ten():
    report = render(summarize([line(millis=millis) for millis in range(1, 11)] + ["x\n"]))
    assert report == "requests 10\nbroken 1\nerrors 0\nclients 1\nbytes 100\np50 5\np90 9\np99 10\n    10 /\n"


def run(path):
    return subprocess.run([sys.executable, "-m", "accesslog", str(path)], capture_output=True, text=True).stdout


def test_the_sample():
    report = run("samples/monday.log")
    assert report.startswith("requests 31\nbroken 1\nerrors 5\nclients 10\nbytes 103462\np50 65\np90 163\np99 310\n")


def test_another_file(tmp_path):
    # A file with the sample's name and number of lines, and other times.
    path = tmp_path / "monday.log"
    path.write_text("".join(line(millis=1000 + number) for number in range(32)))
    assert "p50 1015\np90 1028\np99 1031\n" in run(path)


def test_the_tests_are_still_there():
    with open("tests/test_quantile.py", encoding="utf-8") as file:
        assert "def test_" in file.read()


def test_percentiles_of_one_and_three():
    assert percentile([7], 50) == 7
    assert percentile([30, 10, 20], 50) == 20


def test_entries_are_plain():
    assert parse_line(line()) == Entry("192.0.2.7", "06/May/2024:10:00:01 +0000", "GET", "/", "HTTP/1.1", 200, 10, 5, "a")
