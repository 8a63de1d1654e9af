import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path


class WikiTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = Path(folder.name) / "notes"
        self.target = Path(folder.name) / "html"
        self.source.mkdir()

    def notes(self, **pages):
        for name, text in pages.items():
            (self.source / f"{name.replace('_', '-')}.txt").write_text(text, encoding="utf-8")

    def run_wiki(self, *arguments):
        return subprocess.run([sys.executable, "-m", "wiki", *map(str, arguments)], capture_output=True, text=True)

    def build(self, **pages):
        self.notes(**pages)
        run = self.run_wiki("build", self.source, self.target)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def body(self, name):
        return (self.target / f"{name}.html").read_text(encoding="utf-8").partition("</h1>\n")[2].partition("</body>")[0]

    def check(self, **pages):
        self.notes(**pages)
        run = self.run_wiki("check", self.source)
        self.assertEqual(run.stderr, "")
        return run.returncode, run.stdout.splitlines()


def linked_from(*items):
    rows = "".join(f'<li><a href="{key}.html">{title}</a></li>\n' for key, title in items)
    return f"<h2>Linked from</h2>\n<ul>\n{rows}</ul>\n"


class BacklinksTest(WikiTest):
    def test_lists_the_pages(self):
        self.build(
            index="Start\n\n[[Shed]] and [[shed|again]]\n",
            garden="the Garden\n\n== To [[Shed]] ==\n",
            apple="Zoo & more\n\n[[shed]]\n",
            shed="Shed\n\nTools.\n",
        )
        expected = linked_from(("index", "Start"), ("garden", "the Garden"), ("apple", "Zoo &amp; more"))
        self.assertEqual(self.body("shed"), f"<p>Tools.</p>\n{expected}")

    def test_equal_titles_go_by_file(self):
        self.build(b="Same\n\n[[t]]\n", a="same\n\n[[t]]\n", t="T\n")
        self.assertEqual(self.body("t"), linked_from(("a", "same"), ("b", "Same")))

    def test_no_backlinks_no_heading(self):
        self.build(index="Start\n\nText.\n", shed="Shed\n\n[[Shed]] itself\n")
        self.assertEqual(self.body("index"), "<p>Text.</p>\n")
        self.assertEqual(self.body("shed"), '<p><a href="shed.html">Shed</a> itself</p>\n')

    def test_code_does_not_count(self):
        self.build(index="Start\n\n`[[Shed]]`\n\n    [[Shed]]\n", shed="Shed\n\nText.\n")
        self.assertEqual(self.body("shed"), "<p>Text.</p>\n")

    def test_a_title_is_no_link(self):
        self.build(index="About [[Shed]]\n\nText.\n", shed="Shed\n\nText.\n")
        self.assertEqual(self.body("shed"), "<p>Text.</p>\n")

    def test_missing_pages_are_shown_as_before(self):
        self.build(index="Start\n\n[[Nowhere]]\n")
        self.assertEqual(self.body("index"), '<p><span class="missing">Nowhere</span></p>\n')


class RedirectTest(WikiTest):
    PAGES = {
        "index": "Start\n\n[[Old shed]] and [[oldest shed|the first]]\n",
        "old_shed": "#REDIRECT [[Shed]]\n",
        "oldest_shed": "\n#REDIRECT [[Old shed]]\n\n",
        "shed": "Shed\n\nTools.\n",
    }

    def test_links_lead_to_the_new_page(self):
        self.build(**self.PAGES)
        self.assertEqual(self.body("index"), '<p><a href="shed.html">Old shed</a> and <a href="shed.html">the first</a></p>\n')

    def test_backlinks_come_along(self):
        self.build(**self.PAGES)
        self.assertEqual(self.body("shed"), "<p>Tools.</p>\n" + linked_from(("index", "Start")))

    def test_no_file_is_made(self):
        out = self.build(**self.PAGES)
        self.assertEqual(sorted(os.listdir(self.target)), ["all.html", "index.html", "shed.html"])
        self.assertEqual(out, "2 pages\n")

    def test_not_in_the_index(self):
        self.build(**self.PAGES)
        self.assertEqual(self.body("all"), '<ul>\n<li><a href="shed.html">Shed</a></li>\n<li><a href="index.html">Start</a></li>\n</ul>\n')

    def test_a_link_to_itself_over_a_redirect(self):
        self.build(shed="Shed\n\n[[Old shed]]\n", old_shed="#REDIRECT [[Shed]]")
        self.assertEqual(self.body("shed"), '<p><a href="shed.html">Old shed</a></p>\n')

    def test_circles_lead_nowhere(self):
        self.build(index="Start\n\n[[a]] [[b]] [[c]]\n", a="#REDIRECT [[b]]\n", b="#REDIRECT [[a]]\n", c="#REDIRECT [[c]]\n")
        missing = " ".join(f'<span class="missing">{name}</span>' for name in "abc")
        self.assertEqual(self.body("index"), f"<p>{missing}</p>\n")

    def test_a_redirect_to_nowhere(self):
        self.build(index="Start\n\n[[a]]\n", a="#REDIRECT [[Nowhere]]\n")
        self.assertEqual(self.body("index"), '<p><span class="missing">a</span></p>\n')

    def test_text_about_redirects_is_text(self):
        self.build(index="Start\n\n#REDIRECT [[Shed]]\n", shed="Shed\n\nText.\n")
        self.assertEqual(self.body("index"), '<p>#REDIRECT <a href="shed.html">Shed</a></p>\n')


class CheckTest(WikiTest):
    def test_all_is_well(self):
        self.assertEqual(self.check(index="Start\n\n[[Shed]]\n", shed="Shed\n\nText.\n"), (0, []))

    def test_broken_links(self):
        code, lines = self.check(
            index="Start\n\n[[Zoo|a]] [[Garden]] [[zoo]] [[Zoo]] `[[Code]]`\n\n== [[Apple  tree]] ==\n",
            garden="Garden\n\n[[Compost heap]] [[index]]\n",
        )
        self.assertEqual(code, 1)
        self.assertEqual(lines[0], "garden: no page Compost heap")
        self.assertEqual(lines[1:3], ["index: no page Zoo", "index: no page zoo"])
        self.assertEqual(lines[3], "index: no page Apple  tree")
        self.assertEqual(len(lines), 4)

    def test_pages_that_are_not_linked(self):
        code, lines = self.check(index="Start\n\n[[a]]\n", a="A\n", shed="Shed\n\n[[shed]]\n", bench="Bench\n\n`[[shed]]`\n")
        self.assertEqual((code, lines), (1, ["bench: not linked", "shed: not linked"]))

    def test_redirects(self):
        code, lines = self.check(
            index="Start\n\n[[old]] [[lost]] [[here]]\n",
            old="#REDIRECT [[new]]\n",
            new="New\n",
            here="Here\n\n[[nobody]]\n",
            lost="#REDIRECT [[nowhere]]\n",
            round="#REDIRECT [[round]]\n",
        )
        expected = ["here: no page nobody", "index: no page lost", "lost: redirect leads nowhere", "round: redirect leads nowhere"]
        self.assertEqual((code, lines), (1, expected))

    def test_a_link_over_a_redirect_counts(self):
        self.assertEqual(self.check(index="Start\n\n[[old]]\n", old="#REDIRECT [[new]]\n", new="New\n"), (0, []))

    def test_a_redirect_alone_does_not_count(self):
        self.assertEqual(self.check(index="Start\n", old="#REDIRECT [[new]]\n", new="New\n"), (1, ["new: not linked"]))

    def test_a_link_to_itself_over_a_redirect_does_not_count(self):
        pages = {"index": "Start\n", "old": "#REDIRECT [[new]]\n", "new": "New\n\n[[old]]\n"}
        self.assertEqual(self.check(**pages), (1, ["new: not linked"]))

    def test_usage(self):
        self.assertEqual(self.run_wiki("chekc", self.source).returncode, 2)


if __name__ == "__main__":
    unittest.main()
