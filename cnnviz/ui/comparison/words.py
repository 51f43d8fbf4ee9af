"""Words of the tab of two photos."""

from cnnviz.ui.words import FIND_LAYER, READING_HEADING

COMPARISON = {
    "first": "Your photo",
    "second": "The other photo",
    "seen": "as the network sees it",
    "answer": "The answer: {label}",
    "choose": "Choose another photo",
    "chooser": "The other photo: drop or paste one here, choose a file or an example",
    "drop": "Drop a photo here, or click here and paste one.",
    "examples": "Or take an example:",
    "settings": "What is compared",
    "layer": "Layer",
    "find_layer": FIND_LAYER,
    "order": "Ranked by",
    "orders": [("contribution", "what it adds to the answer"), ("mean", "mean activation")],
    "reading": READING_HEADING,
    "explain": "Each entry is one channel three times: on your photo, on the other, and the difference. The two maps "
    "share their colours: equally bright means equally active. In the difference, red means more in the other photo, "
    "blue more in yours, white the same. The two photos are not aligned: what is at a place of one is elsewhere in the "
    "other, so that places differ anyway. What tells photos apart is how active a channel is, wherever: its mean. "
    "Point at a map to read its values. Click it to look into the channel on your photo.",
    "asking": "Asking the network …",
    "loading": "{layer}: fetching both photos' channels …",
    "lost": "This layer could not be fetched. Choose it again.",
    "gone": "One of the photos is not kept any more. Choose it again to go on.",
    "still": "Still shown: the last photo.",
    "ranked_mean": "{layer}: {differ} of {all} {unit}s differ in their mean. Those that differ most come first.",
    "ranked_contribution": "{layer}: what each {unit} adds to the evidence for {class}, on the other photo compared "
    "with yours. Together {total}: that is all by which the evidence for {class} differs.",
    "equal": "{layer}: no difference. Every {unit} has the same mean on both photos.",
    "title": "{unit} {channel}",
    "more": ["higher mean: yours", "higher mean: other", "equal means"],
    "adds": "{value} for {class}",
    "place": "row {row}, column {column}",
    "columns": ["yours", "other", "difference"],
    "show_all": "Show all {number}",
}
"""Words of the tab of two photos, under the names that its scripts use; the scripts fill in {names}."""
