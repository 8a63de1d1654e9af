import unittest

from duration import format, parse


class ParseTest(unittest.TestCase):
    def test_adds_the_parts(self):
        self.assertEqual(parse("1d 2h 3m 4s"), 93784)

    def test_upper_case(self):
        self.assertEqual(parse("2H"), 7200)


class FormatTest(unittest.TestCase):
    def test_leaves_out_zeros(self):
        self.assertEqual(format(3604), "1h 4s")

    def test_zero(self):
        self.assertEqual(format(0), "0s")


if __name__ == "__main__":
    unittest.main()
