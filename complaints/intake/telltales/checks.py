"""Check digits and plausible dates of the papers that people carry. All take small letters and ASCII digits.

A check tells a number of this kind from one that only looks like it; it says nothing about whether it was issued.
"""

from __future__ import annotations

from collections.abc import Sequence

# Verhoeff 1969: the dihedral group D5 and the permutation of the Aadhaar number.
_D5 = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_TURNS = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
_CURP = "0123456789abcdefghijklmnñopqrstuvwxyz"
_DNI = "trwagmyfpdxbnjzsqvhlcke"
_FIN = {"s": (0, "jzihgfedcba"), "t": (4, "jzihgfedcba"), "f": (0, "xwutrqpnmlk"), "g": (4, "xwutrqpnmlk")}


def digits(text: str) -> str:
    return "".join(char for char in text if "0" <= char <= "9")


def letters_and_digits(text: str) -> str:
    return "".join(char for char in text if "0" <= char <= "9" or "a" <= char <= "z")


def _weighed(number: Sequence[str], weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def day(month: str, of: str) -> bool:
    """Whether month and day of month can be: "02", "30" can, since nobody checks that close."""
    return "01" <= month <= "12" and "01" <= of <= "31"


def luhn(text: str) -> bool:
    """Emirates ID, Saudi iqama (ISO/IEC 7812-1, annex B)."""
    odd = [int(digit) for digit in reversed(digits(text))]
    return sum(n if i % 2 == 0 else sum(divmod(2 * n, 10)) for i, n in enumerate(odd)) % 10 == 0


def verhoeff(text: str) -> bool:
    """India's Aadhaar."""
    state = 0
    for place, digit in enumerate(reversed(digits(text))):
        state = int(_D5[state][int(_TURNS[place % 8][int(digit)])])
    return state == 0


def kuwait(text: str) -> bool:
    """Civil ID: century, birthday, serial, check modulo 11."""
    number = digits(text)
    return day(number[3:5], number[5:7]) and 11 - _weighed(number, (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11 == int(
        number[11]
    )


def egypt(text: str) -> bool:
    """National number: century, birthday, governorate 01-35 or 88, serial."""
    number = digits(text)
    return day(number[3:5], number[5:7]) and ("01" <= number[7:9] <= "35" or number[7:9] == "88")


def indonesia(text: str) -> bool:
    """NIK: province, regency, district, birthday (40 added for women), serial."""
    number = digits(text)
    born = int(number[6:8])
    return "11" <= number[:2] <= "97" and day(number[8:10], f"{born - 40 if born > 40 else born:02}")


def malaysia(text: str) -> bool:
    """MyKad: birthday, place, serial."""
    number = digits(text)
    return day(number[2:4], number[4:6])


def thailand(text: str) -> bool:
    number = digits(text)
    return (11 - _weighed(number, range(13, 1, -1)) % 11) % 10 == int(number[12])


def china(text: str) -> bool:
    """Resident number (GB 11643): also of Hong Kong residents and foreigners; x is ten."""
    number = letters_and_digits(text)
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    return day(number[10:12], number[12:14]) and "10x98765432"[_weighed(number[:17], weights) % 11] == number[17]


def hong_kong(text: str) -> bool:
    """HKID: one or two letters, six digits, a check digit (a is ten)."""
    number = letters_and_digits(text)
    head, body, last = number[:-7], number[-7:-1], number[-1]
    values = [36, *(ord(x) - 87 for x in head)] if len(head) == 1 else [ord(x) - 87 for x in head]
    total = values[0] * 9 + values[1] * 8 + _weighed(body, range(7, 1, -1))
    return (total + (10 if last == "a" else int(last) if last.isdigit() else 99)) % 11 == 0


def singapore(text: str) -> bool:
    """NRIC and FIN; the newer series M has another table."""
    head, body, last = text[0], text[1:8], text[8]
    total = _weighed(body, (2, 7, 6, 5, 4, 3, 2))
    if head == "m":
        return "xwutrqpnjlk"[10 - (total + 3) % 11] == last
    more, table = _FIN[head]
    return table[(total + more) % 11] == last


def spain(text: str) -> bool:
    """DNI and NIE: the letter is the number modulo 23."""
    number = letters_and_digits(text)
    head = str("xyz".index(number[0])) + number[1:-1] if number[0] in "xyz" else number[:-1]
    return _DNI[int(head) % 23] == number[-1]


def curp(text: str) -> bool:
    """Mexico: four letters of the names, birthday, sex, state, consonants, check digit modulo 10."""
    total = sum(_CURP.index(char) * (18 - place) for place, char in enumerate(text[:17]))
    return day(text[6:8], text[8:10]) and (10 - total % 10) % 10 == int(text[17])


def france(text: str) -> bool:
    """Social security number: key modulo 97; without a right key its groups of digits still give it away."""
    number = digits(text)
    return " " in text.strip() or 97 - int(number[:13]) % 97 == int(number[13:])


def icao(text: str, check: str) -> bool:
    """ICAO 9303-3, 4.9: weights 7, 3, 1; letters from 10; the filler is 0."""
    total = sum(
        (int(char) if char.isdigit() else 0 if char == "<" else ord(char) - 87) * (7, 3, 1)[place % 3]
        for place, char in enumerate(text)
    )
    return check.isdigit() and total % 10 == int(check)


def mrz(line: str) -> bool:
    """Whether a run of letters, digits and fillers is a line of a machine-readable zone (ICAO 9303-4 to -6)."""
    if line[0] == "<":
        return False
    if "<<" in line and len(line) >= 12:
        return True
    if len(line) < 28:
        return False
    dates = icao(line[13:19], line[19]) and icao(line[21:27], line[27])
    if dates and icao(line[:9], line[9]):
        return True
    return "<" in line and (line[:2] in ("p<", "v<", "i<") or icao(line[:6], line[6]))
