"""The people and phones of `load.py`, for locust: what they ask for, and how often.

Every request goes the way it goes through a proxy that speaks TLS: with the name of the site, the
address of who asks and the scheme in headers, and a connection of its own. Each answer is written
to the file named by ``LOAD_ANSWERS``, each receipt to that of ``LOAD_RECEIPTS``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import math
import os
import random
import re
import struct
import time
import uuid
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import gevent.pool
from locust import HttpUser, between, constant, events, task

from load_programme import CENTRE, PASSWORD

SITE = "mines.example.org"
GIVEN = json.loads(Path(os.environ["LOAD_GIVEN"]).read_text(encoding="utf-8"))
# Both stay open until locust ends.
ANSWERS = Path(os.environ["LOAD_ANSWERS"]).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115
RECEIPTS = Path(os.environ["LOAD_RECEIPTS"]).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115
#: Seconds a person looks at a page.
THINK_S = 5
#: Tiles that a browser asks for at once, and columns and rows of them on a screen.
AT_ONCE, COLUMNS, ROWS = 6, 4, 3
#: Seconds between two filling-ins of a phone.
FIELD_S = (10, 30)
PICTURE_BYTES = 60_000
#: Share of filling-ins that a phone sends once more, as one that lost the answer does.
AGAIN = 0.1

_people, _phones = itertools.cycle(GIVEN["people"]), itertools.cycle(GIVEN["phones"])
_numbers = itertools.count()


@events.request.add_listener
def note(name: str, response_time: float, exception: Any, context: Any, **rest: Any) -> None:
    """Write down one answer."""
    kind = name.split(" ")[0]
    wrong = "" if exception is None else str(exception)[:200]
    ANSWERS.write(
        json.dumps(
            {"at": time.time(), "kind": kind, "name": name, "ms": response_time, "wrong": wrong}
        )
        + "\n"
    )


class Reader(HttpUser):
    """Somebody at a browser."""

    weight = 1
    wait_time = constant(THINK_S)

    def on_start(self) -> None:
        """Sign in, with a second factor where the role needs one."""
        self.who = next(_people)
        # One office is one address; a dozen people each.
        office = next(_numbers) // 12
        self.client.headers.update(
            {
                "Host": SITE,
                "Connection": "close",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": f"192.0.2.{office + 1}",
                "Referer": f"https://{SITE}/",
            }
        )
        self.tags: dict[str, str] = {}
        # Nobody comes on the same second; signing in is spread over half a minute.
        gevent.sleep(random.uniform(0, 30))
        page = self.get("/account/login/", "sign-in page")
        self.post(
            "/account/login/", "sign-in password", page, login=self.who["name"], password=PASSWORD
        )
        if self.who["secret"]:
            page = self.get("/account/second-factor/show/", "sign-in factor page")
            self.post(
                "/account/second-factor/show/",
                "sign-in factor",
                page,
                code=code(self.who["secret"]),
            )

    def get(self, path: str, name: str, **options: Any) -> Any:
        """Ask for a page that has to come: not a redirect to the sign-in, not a refusal."""
        with self.client.get(
            path, name=name, allow_redirects=False, catch_response=True, **options
        ) as answer:
            if answer.status_code not in (200, 304):
                answer.failure(f"status {answer.status_code}")
            self.keep_cookies()
            return answer

    def keep_cookies(self) -> None:
        """Send cookies back: between the proxy and us there is no TLS, and they ask for it."""
        kept = "; ".join(f"{one.name}={one.value}" for one in self.client.cookies)
        if kept:
            self.client.headers["Cookie"] = kept

    def post(self, path: str, name: str, page: Any, **fields: str) -> None:
        """Send the form of a page."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text or "")
        fields["csrfmiddlewaretoken"] = found[1] if found else ""
        with self.client.post(
            path, fields, name=name, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code != 302:
                answer.failure(f"status {answer.status_code}")
            self.keep_cookies()

    @task(3)
    def balance(self) -> None:
        self.get("/", "page balance")
        self.get("/balance/years/", "page years", headers={"HX-Request": "true"})

    @task(5)
    def hazards(self) -> None:
        page = self.get("/hazards/", "page hazards")
        after = re.search(r"\?after=(\d+)", page.text or "")
        if after:
            gevent.sleep(1)
            self.get(f"/hazards/?after={after[1]}", "page hazards")

    @task(3)
    def search(self) -> None:
        words = random.choice(["Made up 7", "load-42", "Alderwick", "HA-17", "survey"])
        self.get(f"/hazards/?q={words}", "page search")

    @task(6)
    def hazard(self) -> None:
        self.get(f"/hazards/{random.choice(GIVEN['hazards'])}/", "page hazard")

    @task(2)
    def activity(self) -> None:
        self.get("/activities/", "page activities")
        self.get(f"/activities/{random.choice(GIVEN['activities'])}/", "page activity")

    @task(1)
    def accident(self) -> None:
        self.get(f"/accidents/{random.choice(GIVEN['accidents'])}/", "page accident")

    @task(4)
    def submissions(self) -> None:
        page = self.get("/submissions/", "page submissions")
        numbers = re.findall(r'href="/submissions/(\d+)/"', page.text or "")
        if numbers:
            self.get(f"/submissions/{random.choice(numbers)}/", "page submission")

    @task(2)
    def claims(self) -> None:
        self.get("/claims/", "page claims")

    @task(1)
    def document(self) -> None:
        self.get("/documents/", "page documents")
        self.get(f"/documents/{random.choice(GIVEN['documents'])}/", "page document")

    @task(1)
    def stories(self) -> None:
        self.get("/stories/", "page stories")

    @task(1)
    def statement(self) -> None:
        self.get("/statement/", "page statement")

    @task(1)
    def reports(self) -> None:
        self.get("/reports/", "page reports")

    @task(1)
    def account(self) -> None:
        self.get("/account/", "page account")

    @task(6)
    def map(self) -> None:
        """Look at the map of the whole, then closer, then ask what lies at a place."""
        self.get("/map/", "page map")
        self.tiles(8, *CENTRE)
        lon, lat = random.choice(GIVEN["places"])
        for zoom in (10, 13):
            gevent.sleep(2)
            self.tiles(zoom, lon, lat)
        box = f"{lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}"
        self.get(f"/map/here/?box={box}", "page here", headers={"HX-Request": "true"})

    def tiles(self, zoom: int, lon: float, lat: float) -> None:
        """Ask for the tiles of a screen, those seen before with their tag."""
        side = 2**zoom
        x = int((lon + 180) / 360 * side) - COLUMNS // 2
        slope = math.asinh(math.tan(math.radians(lat)))
        y = int((1 - slope / math.pi) / 2 * side) - ROWS // 2
        pool = gevent.pool.Pool(AT_ONCE)
        for column, row in itertools.product(range(COLUMNS), range(ROWS)):
            pool.spawn(self.tile, f"/tiles/{zoom}/{x + column}/{y + row}.mvt", zoom)
        pool.join()

    def tile(self, path: str, zoom: int) -> None:
        seen = {"If-None-Match": self.tags[path]} if path in self.tags else {}
        answer = self.get(path, f"tile {zoom}", headers=seen)
        if "ETag" in answer.headers:
            self.tags[path] = answer.headers["ETag"]


class Phone(HttpUser):
    """A team in the field: asks for the forms once in a while, sends what it filled in."""

    weight = 1
    wait_time = between(*FIELD_S)

    def on_start(self) -> None:
        who = next(_phones)
        pair = base64.b64encode(f"{who['name']}:{who['token']}".encode()).decode()
        self.client.headers.update(
            {
                "Host": SITE,
                "Connection": "close",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": f"198.51.100.{next(_numbers) % 250 + 1}",
                "Authorization": f"Basic {pair}",
                "X-OpenRosa-Version": "1.0",
            }
        )
        gevent.sleep(random.uniform(0, FIELD_S[1]))
        self.form = self.client.get(self.forms()["hazard"], name="form download").content

    def forms(self) -> dict[str, str]:
        """Addresses of the forms, by name."""
        space = "{http://openrosa.org/xforms/xformsList}"
        answer = self.client.get("/openrosa/formList", name="form list")
        return {
            entry.findtext(f"{space}formID", ""): entry.findtext(f"{space}downloadUrl", "").replace(
                f"https://{SITE}", ""
            )
            for entry in ET.fromstring(answer.content)
        }

    @task(1)
    def refresh(self) -> None:
        self.forms()

    @task(6)
    def send(self) -> None:
        instance = f"uuid:{uuid.uuid4()}"
        parts = {"xml_submission_file": ("form.xml", filled(self.form, instance), "text/xml")}
        if random.random() < 0.5:
            picture = b"\xff\xd8\xff\xe0\x00\x10JFIF" + random.randbytes(PICTURE_BYTES)
            parts["picture"] = ("picture.jpg", picture, "image/jpeg")
        for _ in range(2 if random.random() < AGAIN else 1):
            with self.client.post(
                "/openrosa/submission", files=parts, name="submission", catch_response=True
            ) as answer:
                receipt = answer.headers.get("X-Receipt", "")
                # A form that was kept but could not be read is as wrong here as one that was not.
                if answer.status_code != 201 or b"people decide on it" not in answer.content:
                    answer.failure(f"status {answer.status_code}: {answer.text[:200]}")
                if receipt:
                    RECEIPTS.write(json.dumps({"instance": instance, "receipt": receipt}) + "\n")


def filled(form: bytes, instance: str) -> bytes:
    """Fill in the form of a hazard somewhere around the island, as a phone does."""
    lon, lat = random.gauss(CENTRE[0], 0.6), random.gauss(CENTRE[1], 0.4)
    size = random.uniform(0.0005, 0.002)
    corners = [(0, 0), (0, size), (size, size), (size, 0), (0, 0)]
    given = {
        "about/local_id": instance[-12:],
        "about/name": f"Field {instance[-4:]}",
        "about/type": "SHA",
        "about/classes": "ap",
        "about/date": "2026-03-14",
        "place/geo_safe": "yes",
        "place/placed_by": "shape",
        "place/shape": ";".join(f"{lat + a:.6f} {lon + b:.6f} 12.0 4.5" for a, b in corners),
    }
    root = next(iter(ET.fromstring(form).find(".//{http://www.w3.org/2002/xforms}instance")))
    template = "{http://openrosa.org/javarosa}template"
    for child in [c for c in root if template in c.attrib or bare(c) == "evidence"]:
        root.remove(child)
    for path, text in {**given, "meta/instanceID": instance}.items():
        place = root
        for name in path.split("/"):
            place = next(child for child in place if bare(child) == name)
        place.text = text
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def bare(element: ET.Element) -> str:
    """Name of an element without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def code(secret: str) -> str:
    """The six digits that an authenticator application shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
