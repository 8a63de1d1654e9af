import unittest

from duration import format, parse


class StrictTest(unittest.TestCase):
    def refuses(self, text):
        with self.assertRaises(ValueError) as caught:
            parse(text)
        self.assertIn(text, str(caught.exception))

    def test_number_without_a_unit(self):
        self.refuses("1h30")
        self.refuses("90")

    def test_words(self):
        self.refuses("5 minutes ago")
        self.refuses("about 5m")
        self.refuses("5m, 2s")

    def test_nothing(self):
        self.refuses("")
        self.refuses("  ")

    def test_a_unit_twice(self):
        self.refuses("10m 10m")

    def test_units_out_of_order(self):
        self.refuses("5s 1h")

    def test_negative_number(self):
        self.refuses("-5m")


class StillReadTest(unittest.TestCase):
    def test_blanks(self):
        self.assertEqual(parse(" 1h  30 m "), 5400)

    def test_without_blanks(self):
        self.assertEqual(parse("1H30m"), 5400)

    def test_what_format_prints(self):
        for seconds in [0, 1, 59, 60, 3600, 86399, 90061, 1000000]:
            self.assertEqual(parse(format(seconds)), seconds)


if __name__ == "__main__":
    unittest.main()
