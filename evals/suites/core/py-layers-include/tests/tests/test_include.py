import os
import subprocess
import sys

import pytest

from layers import ConfigError, read_file, read_text

ROOT = os.getcwd()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, **files):
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".conf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def refused(path):
    with pytest.raises(ConfigError) as caught:
        read_file(path)
    return str(caught.value)


def test_includes(folder):
    write(folder, a="@include b.conf\nx = 1\n", b="y = 2\n[s]\nz = 3\n")
    assert read_file("a.conf").items() == [("", "x", "1"), ("", "y", "2"), ("s", "z", "3")]


def test_later_settings_win(folder):
    write(folder, a="x = a1\ny = a1\n@include b.conf\ny = a2\n", b="x = b\ny = b\n")
    assert read_file("a.conf").items() == [("", "x", "b"), ("", "y", "a2")]


def test_paths_are_relative_to_the_file(folder):
    write(folder, api__service="@include ../common/base.conf\n", common__base="@include more/deep.conf\nx = 1\n", common__more__deep="y = 2\n")
    config = read_file("api/service.conf")
    assert config.items() == [("", "x", "1"), ("", "y", "2")]
    assert config.origin("", "x") == "common/base.conf:2"
    assert config.origin("", "y") == "common/more/deep.conf:1"


def test_absolute_paths(folder):
    write(folder, sub__a=f"@include {folder}/b.conf\n", b="x = 1\n")
    assert read_file("sub/a.conf").origin("", "x") == f"{folder}/b.conf:1"


def test_paths_with_blanks(folder):
    (folder / "my base.conf").write_text("x = 1\n")
    write(folder, a="@include   my base.conf  \n")
    assert read_file("a.conf").get("", "x") == "1"


def test_the_section_comes_back(folder):
    write(folder, a="[one]\nx = 1\n@include b.conf\ny = 2\n", b="free = 1\n[two]\nz = 3\n")
    assert read_file("a.conf").items() == [("", "free", "1"), ("one", "x", "1"), ("one", "y", "2"), ("two", "z", "3")]


def test_optional_and_missing(folder):
    write(folder, a="@include? local.conf\nx = 1\n")
    assert read_file("a.conf").items() == [("", "x", "1")]


def test_optional_and_there(folder):
    write(folder, a="@include? local.conf\n", local="x = 1\n")
    assert read_file("a.conf").items() == [("", "x", "1")]


def test_a_missing_file_inside_an_optional_one(folder):
    write(folder, a="@include? b.conf\n", b="\n@include c.conf\n")
    assert refused("a.conf") == "b.conf:2: cannot read c.conf"


def test_missing(folder):
    write(folder, api__service="\n@include ../common/base.conf\n")
    assert refused("api/service.conf") == "api/service.conf:2: cannot read ../common/base.conf"


def test_cycle(folder):
    write(folder, a="@include b.conf\n", b="x = 1\n@include a.conf\n")
    assert refused("a.conf") == "b.conf:2: include cycle: a.conf -> b.conf -> a.conf"


def test_a_file_that_includes_itself(folder):
    write(folder, a="x = 1\n@include a.conf\n")
    assert refused("a.conf") == "a.conf:2: include cycle: a.conf -> a.conf"


def test_cycle_below_the_first_file(folder):
    write(folder, a="@include sub/b.conf\n", sub__b="@include ../c.conf\n", c="@include? sub/b.conf\n")
    message = refused("a.conf")
    assert message.startswith("c.conf:1: include cycle: ")
    assert message.endswith("sub/b.conf -> c.conf -> sub/b.conf")


def test_cycle_through_another_spelling(folder):
    write(folder, sub__a="@include ../sub/./a.conf\n")
    assert "include cycle" in refused(f"{folder}/sub/a.conf")
    assert "include cycle" in refused("./sub/a.conf")


def test_twice_is_no_cycle(folder):
    write(folder, a="@include c.conf\nx = 1\n@include b.conf\n@include c.conf\n", b="@include c.conf\n", c="x = 2\n")
    assert read_file("a.conf").get("", "x") == "2"


def test_errors_inside(folder):
    write(folder, a="x = 1\n@include sub/b.conf\n", sub__b="\n\nnonsense\n")
    assert refused("a.conf") == "sub/b.conf:3: neither a section nor a setting: nonsense"


def test_conversions_name_the_included_file(folder):
    write(folder, a="@include b.conf\n", b="\nport = many\n")
    with pytest.raises(ConfigError, match="^b.conf:2: port must be a whole number: many$"):
        read_file("a.conf").get_int("", "port")


@pytest.mark.parametrize("line", ["@inclde x", "@include", "@include?", "@", "@includes b.conf", "@ include b.conf", "@include?? b.conf"])
def test_unknown_directives(folder, line):
    write(folder, a=f"x = 1\n\n{line}\n", b="y = 1\n")
    assert refused("a.conf") == f"a.conf:3: unknown directive: {line}"


def test_a_value_may_start_with_an_at(folder):
    assert read_text("x = @include b.conf\n").get("", "x") == "@include b.conf"


def test_texts_include_from_the_current_folder(folder):
    write(folder, sub__b="x = 1\n")
    assert read_text("@include sub/b.conf\n", "typed").origin("", "x") == "sub/b.conf:1"
    with pytest.raises(ConfigError) as caught:
        read_text("@include c.conf\n", "over/there")
    assert str(caught.value) == "over/there:1: cannot read c.conf"


def test_a_missing_first_file_stays_an_os_error(folder):
    with pytest.raises(OSError):
        read_file("nowhere.conf")


def test_the_command(folder):
    write(folder, a="[s]\n@include b.conf\nx = 1\n", b="y = 2\n")
    run = subprocess.run(
        [sys.executable, "-m", "layers", "a.conf"], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ROOT}
    )
    assert run.stdout == "y = 2  # b.conf:1\ns.x = 1  # a.conf:3\n"
