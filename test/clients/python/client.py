"""A GeWe program in Python, as gewechat-python's users write them.

    client.py <base URL> <download base> <media base>

Logs in, sets its callback, waits for a text and a video, answers with a video and a forward, downloads what it heard,
and takes its video back. Prints one JSON object a line: its steps, and every body that its server is sent.
"""

import hashlib
import http.server
import json
import queue
import sys
import threading

import requests

TIMEOUT = 60
LAST_ATTEMPT = 100


class GeweClient:
    """The calls, with the habits of the library: any other `ret` than 200 raises with the whole reply."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.token = ""
        self.app_id = ""

    def post(self, path, body):
        response = requests.post(
            self.base_url + path,
            json=body,
            headers={"X-GEWE-TOKEN": self.token},
            timeout=TIMEOUT,
        )
        reply = response.json()
        if response.status_code != 200 or reply["ret"] != 200:
            raise RuntimeError(response.text)
        return reply.get("data")

    def log_in(self):
        """Until the device is online; answers its wxid."""
        self.token = self.post("/tools/getTokenId", {})
        if self.post("/login/checkOnline", {"appId": self.app_id}):
            raise RuntimeError("a device without an appId is online")
        uuid = self.qr_code()
        for _ in range(LAST_ATTEMPT):
            data = self.post(
                "/login/checkLogin",
                {"appId": self.app_id, "uuid": uuid, "captchCode": ""},
            )
            # Before the status: a success that does not say it costs the login.
            if data.get("expiredTime", 0) <= 5:
                uuid = self.qr_code()
            elif data["status"] == 2:
                return data["loginInfo"]["wxid"]
        raise RuntimeError("nobody scanned")

    def qr_code(self):
        data = self.post("/login/getLoginQrCode", {"appId": self.app_id})
        self.app_id = data["appId"]
        return data["uuid"]

    def set_callback(self, url):
        self.post("/tools/setCallback", {"token": self.token, "callbackUrl": url})

    def post_video(self, to_wxid, video_url, thumb_url, seconds):
        return self.post(
            "/message/postVideo",
            {
                "appId": self.app_id,
                "toWxid": to_wxid,
                "videoUrl": video_url,
                "thumbUrl": thumb_url,
                "videoDuration": seconds,
            },
        )

    def forward_video(self, to_wxid, xml):
        return self.post(
            "/message/forwardVideo",
            {"appId": self.app_id, "toWxid": to_wxid, "xml": xml},
        )

    def download_video(self, download_url, xml):
        data = self.post("/message/downloadVideo", {"appId": self.app_id, "xml": xml})
        url = download_url.rstrip("/") + "/" + data["fileUrl"]
        response = requests.get(url, timeout=TIMEOUT)
        response.raise_for_status()
        return response.content

    def revoke(self, to_wxid, sent):
        self.post(
            "/message/revokeMsg",
            {
                "appId": self.app_id,
                "toWxid": to_wxid,
                "msgId": str(sent["msgId"]),
                "newMsgId": str(sent["newMsgId"]),
                "createTime": str(sent["createTime"]),
            },
        )


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def callback_server(told):
    """A server on a free port that is bound but does not listen yet: to connect is refused."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            say("told", body=body)
            told.put(body)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"success")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), Handler, bind_and_activate=False
    )
    server.server_bind()
    return server


def listen(server):
    server.server_activate()
    server.serve_forever()


def wait_for(told, app_id, types):
    """The first message of each type for the device."""
    found = {}
    while not all(kind in found for kind in types):
        body = told.get(timeout=TIMEOUT)
        data = body.get("Data")
        if body.get("Appid") == app_id and data is not None:
            found.setdefault(data["MsgType"], data)
    return found


def main(base_url, download_url, media_url):
    client = GeweClient(base_url)
    say("logged in", wxid=client.log_in(), appId=client.app_id)

    told = queue.Queue()
    server = callback_server(told)
    # Its port opens only after it has asked for callbacks, as that of many programs.
    opening = threading.Timer(0.3, listen, (server,))
    opening.daemon = True
    opening.start()
    client.set_callback("http://127.0.0.1:%d/v2/api/callback/collect" % server.server_port)
    say("callback set")

    heard = wait_for(told, client.app_id, (1, 43))
    friend = heard[1]["FromUserName"]["string"]
    say("heard", text=heard[1]["Content"]["string"], newMsgId=str(heard[43]["NewMsgId"]))
    xml = heard[43]["Content"]["string"]

    sent = client.post_video(friend, media_url + "/video.mp4", media_url + "/thumb.jpg", 10)
    say("sent", newMsgId=str(sent["newMsgId"]))
    forwarded = client.forward_video(friend, xml)
    say("forwarded", newMsgId=str(forwarded["newMsgId"]))

    received = client.download_video(download_url, xml)
    say("downloaded", sha256=hashlib.sha256(received).hexdigest())

    client.revoke(friend, sent)
    say("revoked")
    # What the friend's device is told comes here too, until whoever started this has seen enough.
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
