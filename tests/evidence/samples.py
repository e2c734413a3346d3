"""Made-up files of each format that reports come in."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

NEWS = (
    "Teams of the Coast Mine Action Centre cleared two fields near Velma, the centre said on "
    "Thursday. Farmers can use the road along the river again, but the hills stay closed until "
    "survey teams have walked them."
)
OTHER = (
    "Fishing boats were kept in port because of high winds. The ferry did not run, the harbour "
    "master told reporters, and the market of the old town stayed empty for a third day."
)


def mail(
    text: str = NEWS, *, id_: str = "one@coast.example", subject: str = "Fields open"
) -> bytes:
    return (
        f"Message-ID: <{id_}>\r\nFrom: Press Office <press@coast.example>\r\nTo: list@x.example\r\n"
        f"Date: Thu, 04 Mar 2021 23:30:00 -0500\r\nSubject: Fwd: {subject}\r\n"
        "Organization: Coast Mine Action Centre\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n"
    ).encode()


def mailbox(*messages: bytes) -> bytes:
    return b"".join(
        b"From press@coast.example Thu Mar  4 23:30:00 2021\n" + one.replace(b"\r\n", b"\n") + b"\n"
        for one in messages
    )


def page(text: str = NEWS, **meta: str) -> bytes:
    """A page with what JSON-LD says of it."""
    about = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", **meta})
    return (
        "<!doctype html><html><head><title>Fields open again</title>"
        f'<script type="application/ld+json">{about}</script></head><body><article>'
        f"<h1>Fields open again</h1><p>{text}</p><p>{text[::-1]}</p></article></body></html>"
    ).encode()


def warc(*captures: tuple[str, bytes, str], packed: bool = False) -> bytes:
    """Captures (address, body, content type), each gzipped on its own when ``packed``."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for number, (url, body, kind) in enumerate(captures):
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1"),
            warc_headers_dict={
                "WARC-Date": "2022-05-06T07:08:09Z",
                "WARC-Record-ID": f"<urn:uuid:00000000-0000-0000-0000-{number:012d}>",
            },
        )
        writer.write_record(record)
    return out.getvalue()


def json_lines(*objects: Any) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in objects)


RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Coast Daily</title>
<item><title>Fields open</title><guid>tag:coast.example,2021:1</guid>
<link>https://coast.example/1</link><dc:creator>Anna Smythe</dc:creator>
<pubDate>Thu, 04 Mar 2021 23:30:00 -0500</pubDate>
<description>&lt;p&gt;{NEWS}&lt;/p&gt;&lt;script&gt;run()&lt;/script&gt;</description></item>
<item><title>Winds</title><link>https://coast.example/2</link><description>{OTHER}</description></item>
</channel></rss>""".encode()

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Coast Daily</title><id>x</id>
<entry><id>tag:coast.example,2021:3</id><title>Fields open</title>
<published>2021-03-04T10:00:00Z</published><updated>2022-01-01T00:00:00Z</updated>
<content type="text">{NEWS}</content></entry></feed>""".encode()


def telegram(*messages: dict[str, Any], type_: str = "public_channel") -> bytes:
    return json.dumps(
        {"name": "Coast News", "type": type_, "id": 77, "messages": list(messages)},
        ensure_ascii=False,
        indent=1,
    ).encode()


POST = {
    "id": 5, "type": "message", "date": "2021-03-04T22:00:00", "date_unixtime": "1614895200",
    "from": "Coast News", "forwarded_from": "Harbour Radio",
    "text": ["Read this: ", {"type": "bold", "text": NEWS}],
}  # fmt: skip


def bomb(size: int = 300_000_000) -> bytes:
    """A gzip file that expands to ``size`` zeros behind the head of an archive."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as packed:
        packed.write(b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\n")
        packed.write(f"Content-Length: {size}\r\n\r\n".encode())
        block = bytes(1_000_000)
        for _ in range(size // len(block)):
            packed.write(block)
    return out.getvalue()
