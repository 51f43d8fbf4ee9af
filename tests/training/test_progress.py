"""What a user sees while the network learns."""

import re

from cnnviz.training.progress import Progress, duration, summarize_epoch

HISTORY = {
    "loss": [0.7, 0.5],
    "accuracy": [0.5, 0.75],
    "val_loss": [0.6, 0.4],
    "val_accuracy": [0.6, 0.8],
    "learning_rate": [1e-4, 1e-4],
    "seconds": [50.0, 20.0],
}


def test_an_epoch_is_one_line_with_rate_and_time_left() -> None:
    assert summarize_epoch(HISTORY, 10, 1000) == (
        "Epoch 2/10: loss 0.5000, accuracy 75.00%; validation loss 0.4000, accuracy 80.00%; 50 photographs a second, "
        "2 min 40 s left"
    )
    assert summarize_epoch(HISTORY, 1000, 1000).endswith("5 h 32 min left")


def test_times_are_short() -> None:
    assert [duration(seconds) for seconds in (0.4, 70, 4000)] == ["0 min 00 s", "1 min 10 s", "1 h 06 min"]


def test_a_terminal_sees_the_bar_and_a_log_does_not(capsys, monkeypatch) -> None:
    for terminal in (True, False):
        monkeypatch.setattr("sys.stderr.isatty", lambda terminal=terminal: terminal)
        with Progress(0, 3, step=19, num_steps=40, batch_size=8) as progress:
            progress.bar.mininterval = 0
            progress.advance({"loss": 0.25, "accuracy": 0.5})
        shown = capsys.readouterr().err
        if terminal:
            assert re.search(r"Epoch 1/3: +\d+%.*160/320 .*loss=0\.2500", shown)
        else:
            assert shown == ""
