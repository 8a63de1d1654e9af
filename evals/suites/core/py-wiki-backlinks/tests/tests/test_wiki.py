import tempfile
import unittest
from pathlib import Path

from wiki import Page, build, page_key, render_page


class RenderTest(unittest.TestCase):
    def setUp(self):
        self.pages = {"index": Page("index", "Start", ""), "garden": Page("garden", "Garden", "")}

    def body(self, text):
        return render_page(Page("index", "Start", text), self.pages).partition("</h1>\n")[2].partition("</body>")[0]

    def test_paragraphs_and_headings(self):
        self.assertEqual(self.body("\n== One ==\n\na < b\nc\n"), "<h2>One</h2>\n<p>a &lt; b\nc</p>\n")

    def test_links(self):
        self.assertEqual(self.body("See [[Garden|the garden]]."), '<p>See <a href="garden.html">the garden</a>.</p>\n')
        self.assertEqual(self.body("[[Shed]]"), '<p><span class="missing">Shed</span></p>\n')

    def test_code(self):
        self.assertEqual(self.body("`[[Garden]]`\n\n    [[Garden]]\n"), "<p><code>[[Garden]]</code></p>\n<pre>[[Garden]]</pre>\n")


class BuildTest(unittest.TestCase):
    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "notes"
            source.mkdir()
            (source / "to-do-list.txt").write_text("To-do list\n\nBuy seeds.\n")
            self.assertEqual(build(source, Path(folder) / "html"), 1)
            self.assertEqual(sorted(path.name for path in (Path(folder) / "html").iterdir()), ["all.html", "to-do-list.html"])

    def test_keys(self):
        self.assertEqual(page_key(" To-do  list!"), "to-do-list")


if __name__ == "__main__":
    unittest.main()
