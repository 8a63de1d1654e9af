import unittest

from timesheet import csv_report, html_report, read_entries, text_report

ENTRIES = read_entries(
    """\
# May
2024-05-02 ana website 50 6000 first draft
2024-05-02 ben website 20 4500 nb review
2024-05-03 ana archive 95 6000
""".splitlines()
)


class ReportsTest(unittest.TestCase):
    def test_text(self):
        self.assertEqual(
            text_report(ENTRIES),
            "project              time       amount\n"
            "--------------------------------------\n"
            "archive              1:45        95.00\n"
            "website              1:15        65.00\n"
            "--------------------------------------\n"
            "total                3:00       160.00\n",
        )

    def test_csv(self):
        self.assertEqual(csv_report(ENTRIES), "project,entries,minutes,amount\r\narchive,1,95,95.00\r\nwebsite,2,70,65.00\r\n")

    def test_html(self):
        self.assertIn("<tr><td>website</td><td>1:10</td><td>65.00</td></tr>\n", html_report(ENTRIES))

    def test_filters(self):
        self.assertEqual(csv_report(ENTRIES, person="ben", by="person"), "person,entries,minutes,amount\r\nben,1,20,15.00\r\n")
        self.assertEqual(csv_report(ENTRIES, person="ben", billable=True), "project,entries,minutes,amount\r\n")


class EntriesTest(unittest.TestCase):
    def test_not_billed(self):
        self.assertEqual((ENTRIES[1].billable, ENTRIES[1].text), (False, "review"))


if __name__ == "__main__":
    unittest.main()
