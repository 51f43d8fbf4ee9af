"""Words of the answer."""

SEEN_HEADING = "What the network sees"
SEEN = "Your photo, squeezed to {width}×{height} pixels."  # noqa: RUF001  # the sign of multiplication is meant
UNSEEN = "The shaded edge never reaches the answer."
ANSWER_HEADING = "Its answer"
RELIABILITY = "It was right on {num_right} of the {num_photos} test photos where it was about this sure."
HONESTY = "It can only answer {classes}. Show it anything else, and it still picks one: {invitation}."
TRY_THE_TOWER, TRY_IT = "try the tower", "try it"
LOOK_FOR = "To look for: {text}"
