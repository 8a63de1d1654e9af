from accesslog import render, summarize

LOG = [
    '192.0.2.7 [06/May/2024:10:00:01 +0000] "GET /news?page=2 HTTP/1.1" 200 512 14 "a"\n',
    '192.0.2.8 [06/May/2024:10:00:02 +0000] "GET /news HTTP/1.1" 503 - 14 "a"\n',
    '192.0.2.7 [06/May/2024:10:00:03 +0000] "GET / HTTP/1.1" 200 100 14 "a"\n',
]


def test_counts():
    summary = summarize(LOG)
    assert (summary.requests, summary.errors, summary.bytes, len(summary.clients)) == (3, 1, 612, 2)


def test_most_wanted_paths():
    assert render(summarize(LOG), top=1).endswith("p99 14\n     2 /news\n")
