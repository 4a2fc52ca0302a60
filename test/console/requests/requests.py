"""The little of the requests package that the snippets use, for machines without it."""

import json as jsonlib
import urllib.request


class Response:
    def __init__(self, body):
        self.body = body

    def json(self):
        return jsonlib.loads(self.body)


def post(url, headers=None, json=None, data=None):
    headers = dict(headers or {})
    if json is not None:
        headers.setdefault("Content-Type", "application/json")
        data = jsonlib.dumps(json).encode()
    elif data is not None:
        data = data.read()
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        return Response(answer.read())
