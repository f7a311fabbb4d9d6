"""What a failure reason says, without what differs from one run to the next.

Two runs failed in the same way if their reasons have the same shape. Taken out are ids, addresses,
times, quoted values and numbers; what is kept is how the sentence goes, what a site or a server
said, the name of an exception and of what it missed, a net error's code and an HTTP status.
"""

import re
from functools import lru_cache

LONGEST_READ, LONGEST = 2_000, 300
KINDS = ("address", "id", "mail", "number", "path", "time", "value")
LAYER = re.compile(r"\s*[^:]{0,120}?\breason:\s+(?=\S)", re.IGNORECASE)
_LOGS = re.compile(r"\n[ \t]*(?:Call log|Browser logs):")
_BLOCK = re.compile(r"^\s*([a-z][a-z0-9_]{1,40}) block (?:failed|terminated)\b")
# From here on all is of one call alone: what a browser did, where code was, what a model wrote.
_AFTERWARDS = re.compile(
    r"\n[ \t]*(?:(?:Call log|Browser logs|Stack trace|Traceback)\b|=+ logs|1\) <|(?<=[ \t])at )"
    r"[\s\S]*|(?<=is not a valid JSON):[\s\S]*"
)
# What follows is read as re.VERBOSE.
_PAIRS = ('""', "“”", "„“", "„”", "«»", "»«", "``", "「」", "『』", "\u2018\u2019")
_QUOTED = "|".join(rf"{pair[0]}[^{pair}\n]*{pair[1]}" for pair in _PAIRS)
_QUOTED += r"|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w))*'(?!\w)"
_MONTH = r"(?:jan|feb|fév|mar|mär|apr|avr|ma[iy]|jun|juin|jui?l|aug|aoû|sep|o[ck]t|nov|d[eé][cz])"
_MONTH += r"(?:r?uary?|v?r?ier|ch|[eisyz]|il|let|ust|t|t?emb(?:er|re)|ob(?:er|re))?\b\.?"
_CLOCK = r"\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?!\d)(?:[ ]?(?:[ap]m|Z|UTC|GMT|[+-]\d\d:?\d\d)\b)?"
_AT = rf"(?:(?:T|,?[ ](?:at[ ])?){_CLOCK})?"
_UNIT = r"(?:ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?|bytes?|[kmg]i?b|px|times?)\b"
_DOMAIN = "(?:com|org|net|io|dev|app|ai|co|eu|de|fr|uk|us|example|local|localhost|test|internal)"
_REST = r"[^\s\"'<>]+(?:(?<=\w)'(?=\w)[^\s\"'<>]+)*(?<![.,;:!?)])"
_URL = rf"(?:[a-z][a-z0-9+.-]{{0,20}}+://|www\.){_REST}"
_PORT = rf"(?::\d+)?(?:/{_REST})?"
_FILE = r"\.(?:pdf|csv|tsv|xlsx?|docx?|zip|json|xml|txt|png|jpe?g|eml|crdownload)\b"
_FOLDERS = r"(?:[a-z]:\\|~?/|\\\\)(?:[\w.@%+() -]{1,60}\\|[\w.@%+()-]*/)*"
_PATH = rf"{_FOLDERS}(?:[\w@%+() -]{{1,60}}{_FILE}|[\w.@%+-]*)(?:\?{_REST})?"
_NET = r"net::err(?:_[a-z]+\d?|_\d)+"
# All that is looked for, in one pass. Parts stand by what they begin with, so that most characters
# are tried once: words that give themselves away (_1), words with a digit or a sign in them (_2 and
# _3, whose lookahead costs little), and all else (_4). A group is called by what becomes of the
# part: a kind of KINDS stands in its place, `kept` stays, `said` stays without its own parts, and
# `gone` leaves nothing. The number makes the name unique, as names of groups must be.
_PART = re.compile(
    rf"""(?<![a-z0-9_])(?<![a-z0-9_]-)(?=[\w*•])(?:
      (?P<kept_1> (?P<bare>url:?|{_NET})(?:[ ]at)?[ ](?:{_URL}|{_PATH}) | {_NET}
      | (?:HTTP(?:/[\d.]{{1,3}})?|status)(?:[ _](?:status|error|code)){{0,2}}[ :=/]+[1-5]\d\d(?!\w)
      | error(?:[ ]code)?:?[ ][45]\d\d(?!\w) | [45]\d\d(?=[ ](?:error|page|response)\b))
    | (?P<said_1> (?P<word>message|error|event|sa(?:ys|id)|show(?:s|ed)|display(?:s|ed)|zeigt
      |affiche):?[ ]?(?P<words>{_QUOTED}))
    | (?P<time_1> {_MONTH}[ ](?:\d\d?\b(?:,?[ ]\d{{4}}\b)?|\d{{4}}\b){_AT}
      | (?-i:January|February|March|April|June|July|August|October|(?:Sept|Nov|Dec)ember)\b)
    | (?P<id_1> (?<=id=)\w+ | (?<=\bid:[ ])(?=[\w*•-]*[\d*•])[\w*•-]+
      | (?<=element[ ])(?-i:[A-Z]{{2}}\w\w)\b)
    | (?P<number_1> (?:two|three|four|five|six|seven|eight|nine|ten|twenty)\b(?!-)(?:[ ]{_UNIT})?)
    | (?P<gone_1> (?:(?:mon|tue|wed|thu|fri|sat|sun)(?:\w{{0,3}}day)?,?[ ]|n[or]\.[ ]?)(?=\d))
    | (?P<value_1> (?<=["':][ :])(?:null|None)\b) | (?P<address_1> localhost\b{_PORT})
    | (?=[a-z_+-]*+(?:[^a-z_+\s,;:.)"'-]|[:.']\S|[ ]\(\d))(?:
        (?P<address_2> {_URL})
      | (?P<mail_2> [\w*•][\w.+*•'\u2019-]{{0,64}}+@[\w*•-]+(?:\.[\w-]+)+)
      | (?P<path_2> [\w.@%+()-]{{1,80}}(?:[ ]\(\d+\))?{_FILE} | (?=[a-z]:\\){_PATH})
      | (?P<time_2> (?:\d{{4}}-\d\d-\d\d | \d\d?[./]\d\d?[./]\d\d(?:\d\d)?(?!\.?\d)
        | (?:19|20)\d\d-\d\d\b | \d\d/(?:19|20)\d\d\b
        | \d\d?\.?[ ]{_MONTH}(?:[ ]\d{{4}}\b)?){_AT} | {_CLOCK})
      | (?P<id_2> [0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{4}}[0-9a-f]{{8}}\b|[\w-]++[*•]{{3,}}[\w*•-]*)
      | (?P<address_3> (?:(?:[a-z0-9-]+\.){{1,8}}+{_DOMAIN} | \d+(?:\.\d+){{3}})\b{_PORT})
      | (?P<number_2> (?:\d+[dhm]){{1,3}}\d+(?:\.\d+)?m?s\b | \d+(?:[ .,:/'\u2019\xa0\u202f-]\d+)*
        (?:[ \xa0\u202f]?[%€$£¥円] | [ -]?{_UNIT} | (?![a-z0-9_]|-[a-z])))
      | (?P<number_3> (?=[a-z-]*\d)[a-z0-9]+(?:-[a-z0-9]+|[./]\d+)*(?![a-z0-9_]))
      | (?P<id_3> (?=[a-z_-]*\d)[a-z0-9]+(?:[_-][a-z0-9]+)+(?![a-z0-9]))))
    | (?=[^a-z\s])(?:
      (?P<said_4> ["'](?P<key>error[a-z_]*|message|msg|detail|type|code)["']:\ ?(?P<text>{_QUOTED}))
    | (?P<kept_4> (?:(?<=[{{,])|(?<=[{{,][ ]))["'][a-z_]+["'](?=:)
      | (?:(?<=KeyError:[ ])|(?<=[ ]named[ ])|(?<=Error:[ ]name[ ])|(?<=[ ]attribute[ ]))
        ["'](?-i:[a-z_.]+|[A-Za-z]+Error)["'])
    | (?P<value_4> {_QUOTED} | (?:(?<=fill[ ]in[ ])|(?<=files[ ]))\[[^\]\n]*\])
    | (?P<number_4> \+\d[\d ()/-]{{6,20}}\d | \d+(?:[.,:]\d+)*)
    | (?P<gone_4> <(?!(?:{"|".join(KINDS)})>)/?[a-z!]\w*(?:[ ][^<>\n]*)?>
      | (?<![a-z0-9_-])(?:[\#+-][€$£¥]?|[€$£¥][ ]?)(?=\d))
    | (?P<path_4> (?<![\w/<]){_PATH}) | (?P<address_4> ::1\b{_PORT}))""",
    re.IGNORECASE | re.VERBOSE,
)
_PLURAL = re.compile(r"(?<=<number> )([a-z]{3,}[a-rt-z])s\b")
_SPACE = re.compile(r"(?<=[\"}>])([:,])\s*|\s+")


def sentence(reason: str) -> str:
    """Without the "… failed. failure reason: …" that each layer of Skyvern puts in front, and
    without the browser library's logs behind it."""
    said, start = _LOGS.split(reason.strip(), maxsplit=1)[0].rstrip(), 0
    while match := LAYER.match(said, start):
        start = match.end()
    return said[start : start + 1].upper() + said[start + 1 :]


def block(reason: str) -> str:
    """The kind of the block that failed, as the outermost layer names it; "" if none does."""
    named = _BLOCK.match(reason)
    return named[1] if named else ""


def shape(reason: str) -> str:
    """The same for the same failure, as "user <value> was not found"; at most LONGEST long."""
    return _shape(reason[:LONGEST_READ])


@lru_cache(maxsize=1_000)
def _shape(reason: str) -> str:
    """Most failures give the very reason that another just gave."""
    kept = sentence(_PART.sub(_replaced, _AFTERWARDS.sub("", sentence(reason))))
    kept = _PLURAL.sub(r"\1", _SPACE.sub(r"\1 ", kept.replace("\u2019", "'")).lower())
    return kept.strip(" .")[:LONGEST]


def _replaced(match: re.Match[str]) -> str:
    kind, text, start = (match.lastgroup or "").partition("_")[0], match[0], ""
    if kind == "kept":
        return match["bare"] or text.replace("'", '"')
    if kind == "gone":
        return " " if text.startswith("<") else ""
    small = [word.islower() and word.rstrip(".,;:!?").isalpha() for word in text[1:-1].split()]
    if kind == "said":
        start, text = f"{match['word'] or match['key']} ", match["words"] or match["text"]
    elif kind != "value" or not (sum(small) >= 3 or match.string.startswith("と", match.end())):
        return f"<{kind}>"
    # Three small words or more are no name of a thing or of a person, but what a site said.
    return start + '"' + _PART.sub(_replaced, text[1:-1]).strip(" .") + '"'
