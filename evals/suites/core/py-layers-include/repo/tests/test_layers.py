import pytest

from layers import ConfigError, read_file, read_text

TEXT = """\
# a comment
name = demo

[server]
port = 8080
hosts = a.example,
    b.example
debug = on
"""


def test_sections():
    config = read_text(TEXT)
    assert config.get("", "name") == "demo"
    assert config.get_int("server", "port") == 8080
    assert config.get_bool("server", "debug") is True


def test_continued_lines():
    assert read_text(TEXT).get_list("server", "hosts") == ["a.example", "b.example"]


def test_defaults():
    assert read_text(TEXT).get_int("server", "workers", 4) == 4


def test_the_later_one_counts():
    assert read_text("a = 1\na = 2\n").get("", "a") == "2"


def test_origin(tmp_path):
    path = tmp_path / "service.conf"
    path.write_text(TEXT)
    assert read_file(path).origin("server", "port") == f"{path}:5"


@pytest.mark.parametrize(
    "text, message",
    [
        ("a = 1\nnonsense\n", "x.conf:2: neither a section nor a setting: nonsense"),
        ("  a = 1\n", "x.conf:1: nothing to go on with"),
    ],
)
def test_errors(text, message):
    with pytest.raises(ConfigError) as caught:
        read_text(text, "x.conf")
    assert str(caught.value) == message


def test_a_wrong_number_names_its_place():
    with pytest.raises(ConfigError, match="x.conf:1: port must be a whole number: many"):
        read_text("port = many\n", "x.conf").get_int("", "port")
