"""Sends the calls on standard input with Segment's client for Python: {"key", "host", "gzip", "calls"}."""

import json
import sys
from datetime import datetime

from segment.analytics.client import Client

NAMES = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "previousId": "previous_id",
    "groupId": "group_id",
}

asked = json.load(sys.stdin)
failures = []
client = Client(
    asked["key"],
    host=asked["host"],
    gzip=asked["gzip"],
    on_error=lambda error, batch: failures.append(error),
)
for call in asked["calls"]:
    send = getattr(client, call.pop("type"))
    if "timestamp" in call:
        call["timestamp"] = datetime.fromisoformat(call["timestamp"].replace("Z", "+00:00"))
    send(**{NAMES.get(name, name): value for name, value in call.items()})
client.shutdown()
sys.exit("; ".join(map(str, failures)) or 0)
