"""Words of the tour."""

PHOTO = (
    "From photo to answer",
    "The network gets your photo as {width}×{height} pixels, and answers: {label}. Let us see what happens in between.",  # noqa: RUF001
)
EDGE = (
    "The first layer sees edges",
    "Channel {channel} of {layer} is a small filter that slides over the photo, bright on one side and dark on the "
    "other. Its map is bright where your photo has such an edge.",
)
FIRST = (
    "The first layer sees simple things",
    "Channel {channel} of {layer} is a small filter that slides over the photo. Its map is bright where your photo has "
    "what it looks for.",
)
UNIT = (
    "Deeper layers see parts",
    "Whoever follows the answer back meets channel {channel} of {layer}. The box shows what excites it most in your "
    "photo. Nobody told it what to look for: it learned that from examples.",
)
PATTERN = (
    "What it looks for",
    "This picture was computed: it excites channel {channel} more than any photo would. It is as close as one gets to "
    "what the channel means.",
)
OFF = (
    "Take it away, and watch",
    "The channels of {layer} that speak most for {label}, ten at most, are switched off. The bars show what that "
    "leaves of the evidence, and of the answer.",
)
FOLLOW = (
    "Follow it back yourself",
    "Every number has a reason. Choose a row and see where it comes from, step by step, down to a pixel. This is yours "
    "now.",
)

TOUR = {
    "count": "{number} of {total}",
    "back": "Back",
    "next": "Next",
    "end": "Done",
    "leave": "Leave the tour",
    "waiting": "Looking at your photo…",
    "gone": "This photo is not kept any more. Show it again to be shown around.",
}
