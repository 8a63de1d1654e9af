from accesslog import parse_line

LINE = '192.0.2.7 [06/May/2024:10:00:01 +0000] "GET /news?page=2 HTTP/1.1" 200 512 14 "Mozilla/5.0 (X11)"'


def test_reads_a_line():
    entry = parse_line(LINE)
    assert (entry.client, entry.method, entry.path, entry.status) == ("192.0.2.7", "GET", "/news?page=2", 200)
    assert (entry.size, entry.millis, entry.agent) == (512, 14, "Mozilla/5.0 (X11)")


def test_no_bytes():
    assert parse_line(LINE.replace(" 512 ", " - ")).size == 0


def test_broken_lines():
    assert parse_line("") is None
    assert parse_line(LINE[:-5]) is None
