"""The invented people of the sample mail: who they are, where they live, how they sign.

Ardenhaven is a small harbour town that no map knows. Robin Vale, whose mailbox this is, works for its harbour museum,
sings in the Lantern Choir, reads the seed bank's list and repairs bicycles on Thursdays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone

from tuimail.model.address import Address

OWNER = Address("Robin Vale", "robin@ardenhaven.example.org")
SEEDBANK_LIST = Address("Seed bank growers", "growers@seedbank.example.net")


@dataclass(frozen=True, slots=True)
class Person:
    """A correspondent. `utc_offset_h` is the zone of the Date fields; `signature` follows "-- ", empty for none."""

    address: Address
    utc_offset_h: float = 0
    signature: str = ""

    @property
    def zone(self) -> timezone:
        """The person's time zone."""
        return timezone(timedelta(hours=self.utc_offset_h))


def _person(name: str, address: str, utc_offset_h: float = 0, signature: str = "") -> Person:
    return Person(Address(name, address), utc_offset_h, signature)


PEOPLE: dict[str, Person] = {
    "robin": Person(OWNER, 1, "Robin Vale\nCollections and odd jobs, Ardenhaven Harbour Museum"),
    # the harbour museum
    "ines": _person(
        "Ines Albrandt", "ines.albrandt@museum.example.org", 1, "Dr Ines Albrandt\nDirector, Ardenhaven Harbour Museum"
    ),
    "tomasz": _person("Tomasz Wilkowiak", "t.wilkowiak@museum.example.org", 1, "Tomasz, workshop and slipway"),
    "yusuf": _person("Yusuf Demirtay", "yusuf@museum.example.org", 1),
    "marguerite": _person(
        "Marguerite Fontanel", "m.fontanel@archive.example.org", 1, "Marguerite Fontanel\nTown archive, reading room 2"
    ),
    "dafydd": _person("Dafydd Prysor", "dafydd@cranes.example.com", 0, "Prysor & Daughter, lifting gear since 1961"),
    "gwen": _person("Gwen Prysor", "gwen@cranes.example.com", 0),
    # the choir
    "leena": _person("Leena Rautavaara-Holm", "leena@choir.example.org", 2, "Leena\nLantern Choir"),
    "kofi": _person("Kofi Amankrah", "kofi.amankrah@music.example.net", 0),
    "odile": _person("Odile Marchetti", "odile@choir.example.org", 1),
    "bram": _person("Bram van der Zwaluw", "bram.zwaluw@home.example.net", 1),
    # the bicycle workshop
    "noor": _person("Noor Halabi", "noor@spokes.example.com", 1, "Noor\nSpoke & Anchor, Quay Lane 3, Thursdays 17-21h"),
    "piet": _person("Piet Ostergaard", "piet@spokes.example.com", 1),
    "maya": _person("Maya Lindenthal", "maya.lindenthal@post.example.net", 1),
    # the seed bank and its growers
    "hanne": _person("Hanne Solbakk", "hanne@seedbank.example.net", 1, "Hanne Solbakk, seed vault"),
    "ravi": _person("Ravi Chandramouli", "ravi.c@fields.example.org", 5.5, "Ravi -- upland terraces, 940 m"),
    "esther": _person("Esther Quillfeather", "esther@allotment.example.com", 0),
    "jorge": _person("Jorge Baltasar", "jorge.baltasar@vega.example.net", -3, "Jorge\nLa Vega, heavy clay"),
    "sunniva": _person("Sunniva Aas", "sunniva@north.example.org", 1, "Sunniva (69 degrees north, send light)"),
    "clement": _person("Clement Abara", "clement.abara@fields.example.org", 1),
    "wilhelmina": _person("Wilhelmina Tork", "mina.tork@glasshouse.example.com", -5, "Mina Tork\nZone 5b, optimist"),
    "otis": _person("Otis Fairbairn", "otis@orchard.example.net", 12),
    # friends, neighbours, offices
    "sam": _person("Sam Okonjo-Vale", "sam@home.example.net", 1),
    "grandma": _person("Edith Vale", "edith.vale@post.example.net", 0),
    "library": _person("Ardenhaven Library", "loans@library.example.org", 1),
    "harbourmaster": _person("Harbour Master's Office", "office@port.example.org", 1),
    "council": _person("Town Council", "planning@council.example.org", 1),
    # letters from far away
    "friederike": _person("Friederike Großmann", "f.grossmann@schiffe.example.org", 1),
    "benoit": _person("Benoît Lefèvre-Étienne", "benoit@phares.example.org", 1),
    "agnieszka": _person("Agnieszka Żółkiewicz", "a.zolkiewicz@latarnia.example.net", 1),
    "eleni": _person("Ελένη Παπαδάκου", "eleni@limani.example.org", 2),
    "darya": _person("Дарья Ковалёва", "d.kovaleva@mayak.example.net", 3),
    "talia": _person("טליה ברקאי", "talia@namal.example.org", 2),
    "samira": _person("سميرة الحداد", "samira@minaa.example.org", 3),
    "hana": _person("小林 花", "hana@minato.example.net", 9),
    "meiling": _person("陈美玲", "meiling@gangkou.example.org", 8),
    "jiwoo": _person("박지우", "jiwoo@hanggu.example.net", 9),
    "anjali": _person("अंजलि देशमुख", "anjali@bandargah.example.org", 5.5),
    "niran": _person("นิรันดร์ ศรีสุข", "niran@tharuea.example.net", 7),
    "linh": _person("Nguyễn Thuỳ Linh", "linh@cang.example.org", 7),
    "mateus": _person("João Mateus Conceição", "jm.conceicao@farol.example.net", 0),
}
