"""The short form of `make kill`: commands killed at calls that change a name, and at random."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.kill import Stage, trials_at_calls, trials_at_random, tried
from tests.support.shim import NO_SHIM

pytestmark = pytest.mark.skipif(bool(NO_SHIM), reason=NO_SHIM)

EVERY = {"parse": 4, "compaction": 4, "rollback": 2, "report": 2, "first build": 73}
"""Scenes, and every so manieth of their calls is tried; `make kill` tries all."""


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stage]:
    """Makes a scene ready, once."""
    folder = tmp_path_factory.mktemp("kill")
    return functools.cache(lambda name: Stage.set_up(name, folder))


@pytest.mark.parametrize("name", EVERY)
def test_a_command_that_is_killed_leaves_whole_things_and_the_next_run_makes_it_good(
    name: str, set_up: Callable[[str], Stage]
) -> None:
    stage = set_up(name)
    trials = list(trials_at_calls(stage, EVERY[name]))
    outcomes = [tried(trial) for trial in trials]
    assert [problem for *_, problems in outcomes for problem in problems] == []
    assert all(was_killed for _, _, was_killed, _ in outcomes)
    assert len(outcomes) > 2


def test_a_command_that_is_killed_at_some_moment_is_made_good_as_well(
    set_up: Callable[[str], Stage],
) -> None:
    stage = set_up("parse")
    outcomes = [tried(trial) for trial in trials_at_random([stage], 5, seed=2)]
    assert [problem for *_, problems in outcomes for problem in problems] == []


def test_the_shim_counts_what_a_command_does(set_up: Callable[[str], Stage]) -> None:
    """A batch is renamed into the lake once: were calls missed, kills would be missed as well."""
    stage = set_up("compaction")
    renamed = [call.split()[2] for call in stage.calls if call.split()[1] == "rename"]
    names = [Path(path).name for path in renamed]
    assert names == ["batch-00000065", "batch-00000001-00000065"]
