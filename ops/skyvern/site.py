"""A small site on loopback for the sample agents: pages, a form, JSON, a file, any status."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html lang="en"><head><title>{path}</title></head>
<body style="font: 20px sans-serif"><h1>Page {path}</h1><p id="now"></p>
<form><input id="q" placeholder="search"><button id="go" type="button">Go</button></form>
<p id="out"></p><a id="download" href="/report.csv" download>Download the report</a>
<ul><li>first item</li><li>second item</li><li>third item</li></ul>
<script>
setInterval(() => {{ now.textContent = new Date().toISOString() }}, 100);
go.onclick = () => {{ out.textContent = "you typed " + q.value }};
console.log("page ready");
</script></body></html>"""
ITEMS = [{"id": number, "price": number * 1.5} for number in range(1, 4)]


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        if address.path == "/slow":
            time.sleep(min(60.0, float(query.get("seconds", ["5"])[0])))
        if address.path == "/items.json":
            self.reply(200, json.dumps({"items": ITEMS}), "application/json")
        elif address.path == "/report.csv":
            self.reply(200, "id,name\n1,first\n2,second\n", "text/csv")
        elif address.path.startswith("/status/"):
            self.reply(int(address.path.rsplit("/", 1)[1]), "as asked", "text/plain")
        else:
            path = address.path.replace("<", "&lt;")
            self.reply(200, PAGE.format(path=path), "text/html; charset=utf-8")

    def reply(self, status: int, text: str, content_type: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if content_type == "text/csv":
            self.send_header("Content-Disposition", 'attachment; filename="report.csv"')
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Site).serve_forever()
