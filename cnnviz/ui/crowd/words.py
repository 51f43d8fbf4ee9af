"""What is said when many people come."""

CROWD = {"waiting": "Many people are here at the moment. Your turn comes by itself, in a few seconds."}
"""What the page says while it waits."""

FULL = "Many people are here at the moment, or many of your calls are waiting. Try again in a few seconds."
LONG_SESSION = "The name of a session, `session_hash`, has at most 64 characters. Received: more."
NO_SUCH_CALL = "There is no such call. Open the page again, or ask /gradio_api/info what can be called."
NOT_PLAIN = "A question holds texts, numbers and lists of them, at most 10,000. Received: something else."
NOT_UPLOADED = "Only uploaded files are read. Upload the file first, then send the path that the upload gave."
UNKNOWN = (
    "The server does not know this call: its answer was fetched, nobody listened for it, or another server took it. "
    "Ask again."
)
