import contextlib
import importlib
import io
import os
import tempfile
import unittest
from datetime import date

import timesheet
from timesheet import Entry, csv_report, html_report, text_report
from timesheet.__main__ import main

ENTRIES = [
    Entry(date(2024, 5, 2), "ana", "website", 50, 6000, True, "draft"),
    Entry(date(2024, 5, 2), "ben", "website", 20, 4501, False, "review"),
    Entry(date(2024, 6, 3), "ana", "archive", 95, 6000),
    Entry(date(2024, 6, 4), "cem", 'a "very", long & <odd> project', 7, 9999),
    Entry(date(2024, 7, 1), "ana", "zoo", 70, 1),
    Entry(date(2024, 7, 1), "ben", "yard", 0, 6000),
]


class KeptTest(unittest.TestCase):
    """The bytes of the three formats."""

    maxDiff = None

    def test_text(self):
        self.assertEqual(
            text_report(ENTRIES),
            "project              time       amount\n"
            "--------------------------------------\n"
            "archive              1:45        95.00\n"
            "website              1:15        65.00\n"
            "zoo                  1:15         0.01\n"
            'a "very", long …     0:15        11.66\n'
            "yard                 0:00         0.00\n"
            "--------------------------------------\n"
            "total                4:30       171.67\n",
        )

    def test_text_without_entries(self):
        rule = "-" * 38
        self.assertEqual(
            text_report([], by="month"),
            f"month                time       amount\n{rule}\n{rule}\ntotal                0:00         0.00\n",
        )

    def test_text_by_month(self):
        lines = text_report(ENTRIES, by="month", person="ana").splitlines()
        self.assertEqual([line[:7] for line in lines[2:5]], ["2024-06", "2024-07", "2024-05"])

    def test_csv(self):
        self.assertEqual(
            csv_report(ENTRIES),
            "project,entries,minutes,amount\r\n"
            "archive,1,95,95.00\r\n"
            "website,2,70,65.00\r\n"
            "zoo,1,70,0.01\r\n"
            '"a ""very"", long & <odd> project",1,7,11.66\r\n'
            "yard,1,0,0.00\r\n",
        )

    def test_csv_without_entries(self):
        self.assertEqual(csv_report([], by="person"), "person,entries,minutes,amount\r\n")

    def test_html(self):
        self.assertEqual(
            html_report(ENTRIES),
            "<table>\n<tr><th>project</th><th>time</th><th>amount</th></tr>\n"
            "<tr><td>archive</td><td>1:35</td><td>95.00</td></tr>\n"
            "<tr><td>website</td><td>1:10</td><td>65.00</td></tr>\n"
            "<tr><td>zoo</td><td>1:10</td><td>0.01</td></tr>\n"
            "<tr><td>a &quot;very&quot;, long &amp; &lt;odd&gt; project</td><td>0:07</td><td>11.66</td></tr>\n"
            "<tr><td>yard</td><td>0:00</td><td>0.00</td></tr>\n"
            "<tr><th>total</th><th>4:15</th><th>171.67</th></tr>\n</table>\n",
        )

    def test_html_without_entries(self):
        self.assertEqual(html_report(ENTRIES, person="nobody"), "<p>No entries.</p>\n")

    def test_corrections(self):
        entries = [Entry(date(2024, 5, 2), "ana", "website", -40, 4500), Entry(date(2024, 5, 3), "ana", "zoo", 25, 4501)]
        self.assertEqual(csv_report(entries), "project,entries,minutes,amount\r\nzoo,1,25,18.75\r\nwebsite,1,-40,-30.00\r\n")
        odd = [Entry(date(2024, 5, 2), "ana", "website", -1, 3000), Entry(date(2024, 5, 3), "ana", "zoo", -20, 60)]
        self.assertEqual(csv_report(odd), "project,entries,minutes,amount\r\nwebsite,1,-1,-0.50\r\nzoo,1,-20,-0.20\r\n")
        self.assertEqual(
            [line.split() for line in text_report(odd).splitlines() if line[0] != "-"],
            [["project", "time", "amount"], ["website", "0:00", "-1.50"], ["zoo", "-1:45", "-1.80"], ["total", "-1:45", "-1.30"]],
        )
        self.assertIn("<tr><td>zoo</td><td>-1:40</td><td>-1.80</td></tr>\n", html_report(odd))
        self.assertIn("<tr><th>total</th><th>-1:45</th><th>-1.30</th></tr>\n", html_report(odd))

    def test_positional_parameters(self):
        self.assertEqual(csv_report(ENTRIES, "ben", True, "month"), "month,entries,minutes,amount\r\n2024-07,1,0,0.00\r\n")

    def test_unknown_grouping(self):
        for report in (text_report, csv_report, html_report):
            with self.assertRaisesRegex(ValueError, "cannot group by week"):
                report(ENTRIES, by="week")


class ModulesTest(unittest.TestCase):
    def test_functions_stay_in_their_modules(self):
        for name in ("text_report", "csv_report", "html_report"):
            module = importlib.import_module(f"timesheet.{name}")
            self.assertEqual(getattr(module, name)(ENTRIES), getattr(timesheet, name)(ENTRIES))

    def test_formats_do_no_more_than_format(self):
        for name in ("text_report", "csv_report", "html_report"):
            with open(f"timesheet/{name}.py", encoding="utf-8") as file:
                self.assertLessEqual(len(file.read().splitlines()), 35, name)


class BuildTest(unittest.TestCase):
    def test_groups(self):
        report = timesheet.build(ENTRIES, person="ana", by="month")
        self.assertEqual(report.by, "month")
        found = [(group.name, group.minutes, group.count, group.amount) for group in report.groups]
        self.assertEqual(found, [("2024-06", 95, 1, 9500), ("2024-07", 70, 1, 1), ("2024-05", 50, 1, 5000)])
        self.assertEqual((report.minutes, report.count, report.amount), (215, 3, 14501))

    def test_equal_times_go_by_name(self):
        report = timesheet.build(ENTRIES)
        self.assertEqual([group.name for group in report.groups][1:3], ["website", "zoo"])

    def test_amounts_are_cut_entry_by_entry(self):
        entries = [Entry(date(2024, 5, 2), "ana", "website", 1, 59)] * 3
        self.assertEqual(timesheet.build(entries).amount, 0)

    def test_billable(self):
        self.assertEqual(timesheet.build(ENTRIES, billable=True).groups[2].minutes, 50)

    def test_nothing(self):
        report = timesheet.build([])
        self.assertEqual((report.by, list(report.groups), report.minutes, report.count, report.amount), ("project", [], 0, 0, 0))

    def test_unknown_grouping(self):
        with self.assertRaisesRegex(ValueError, "cannot group by week"):
            timesheet.build(ENTRIES, by="week")

    def test_a_group_can_be_made(self):
        group = timesheet.Group("x", 5, 2, 100)
        self.assertEqual((group.name, group.minutes, group.count, group.amount), ("x", 5, 2, 100))


class RegistryTest(unittest.TestCase):
    """One test registers, so that the order of tests does not matter."""

    def test_render_knows_the_three(self):
        for name, report in (("text", text_report), ("csv", csv_report), ("html", html_report)):
            self.assertEqual(timesheet.render(name, ENTRIES, by="person"), report(ENTRIES, by="person"))
            self.assertEqual(timesheet.render(name, ENTRIES, "ana", True, "month"), report(ENTRIES, "ana", True, "month"))

    def test_registering(self):
        self.assertEqual(timesheet.formats(), ["csv", "html", "text"])
        with self.assertRaises(ValueError) as caught:
            timesheet.render("pdf", ENTRIES)
        self.assertEqual(str(caught.exception), "unknown format: pdf (known: csv, html, text)")
        with self.assertRaises(ValueError):
            timesheet.register("text", lambda report: "")
        self.assertEqual(timesheet.render("text", ENTRIES), text_report(ENTRIES))

        timesheet.register("names", lambda report: f"{report.by}: {', '.join(group.name for group in report.groups)}\n")
        self.assertEqual(timesheet.formats(), ["csv", "html", "names", "text"])
        self.assertEqual(timesheet.render("names", ENTRIES, by="person"), "person: ana, ben, cem\n")
        with self.assertRaises(ValueError) as caught:
            timesheet.render("pdf", ENTRIES)
        self.assertEqual(str(caught.exception), "unknown format: pdf (known: csv, html, names, text)")
        self.assertEqual(command("--format", "names", "--by", "month"), (0, "month: 2024-05\n", ""))


def command(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "may.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("2024-05-02 ana website 50 6000 first draft\n")
        out, err = io.StringIO(), io.StringIO()
        code = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main([path, *arguments])
            except SystemExit as stop:
                code = stop.code
    return code, out.getvalue(), err.getvalue()


class CommandTest(unittest.TestCase):
    def test_text_is_the_default(self):
        self.assertEqual(command()[1].splitlines()[2], "website              1:00        50.00")

    def test_csv(self):
        self.assertEqual(command("--format", "csv"), (0, "project,entries,minutes,amount\r\nwebsite,1,50,50.00\r\n", ""))

    def test_an_unknown_format(self):
        code, out, err = command("--format", "pdf")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("pdf", err)


if __name__ == "__main__":
    unittest.main()
